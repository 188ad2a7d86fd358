"""Writes many.csv and many.json: made-up readings of ten thousand services, no two alike.

python3 benches/many_services.py
loadline import many.csv --map workload=service,at=when:seconds,cpu_units_max=cpu:vcpu,memory_mib_max=memory:gib \
    --workloads many.json --period-seconds 7200 --out many
time loadline compare many
"""

import json
import random

SERVICES = 10_000
HOURS = 14 * 24
START = 1_790_000_000

random.seed(5)
with open("many.csv", "w") as out:
    out.write("service,when,cpu,memory\n")
    for service in range(SERVICES):
        cpu = random.lognormvariate(-1.8, 0.9)
        memory = random.lognormvariate(-0.3, 0.9)
        for hour in range(0, HOURS, 2):
            used = max(0.001, cpu * random.uniform(0.6, 1.1))
            held = max(0.05, memory * random.uniform(0.9, 1.02))
            out.write(f"s{service:05d},{START + hour * 3600},{used:.4f},{held:.4f}\n")

workloads = [
    {
        "id": f"s{service:05d}",
        "tasks": random.randint(1, 6),
        "environment": f"e{service % 200}",
        "protocol": "http",
        "request_milliseconds": 80,
        "size": {"cpu_units": 4096, "memory_mib": 8192},
    }
    for service in range(SERVICES)
]
with open("many.json", "w") as out:
    json.dump(workloads, out)
