"""Writes bill.csv: a million lines of a made-up bill by the hour, of which a twentieth is Fargate's.

python3 benches/bill_lines.py
time loadline replay --scenes current --bill bill.csv
"""

import datetime

LINES = 1_000_000
HOURS = 840
START = datetime.datetime(2026, 10, 5)

COLUMNS = (
    "ChargePeriodStart,ChargePeriodEnd,ChargeCategory,EffectiveCost,ListCost,BilledCost,BillingCurrency,ServiceName,"
    "x_ServiceCode,SkuMeter,x_Operation,ConsumedUnit,PricingCategory,CommitmentDiscountStatus,ResourceId,RegionId,"
    "SubAccountId,ChargeDescription"
)
KINDS = [("AmazonECS", "Fargate-vCPU-Hours:perCPU", "arn:aws:ecs:us-east-1:123456789012:task/prod/{}")] + [
    ("AmazonEC2", "BoxUsage:m5.large", "i-{:017x}")
] * 19

with open("bill.csv", "w") as out:
    out.write(COLUMNS + "\n")
    for line in range(LINES):
        hour = START + datetime.timedelta(hours=line * HOURS // LINES)
        end = hour + datetime.timedelta(hours=1)
        code, meter, resource = KINDS[line % len(KINDS)]
        resource = resource.format(line % 5_000)
        out.write(
            f"{hour:%Y-%m-%dT%H:%M:%SZ},{end:%Y-%m-%dT%H:%M:%SZ},Usage,0.007,0.01,0.007,USD,{code},{code},{meter},,Hours,"
            f"Standard,,{resource},us-east-1,123456789012,made up\n"
        )
