"""Serves a peer of AWS on 127.0.0.1 and fills it with a small estate.

    populate.py ministack PORT END    ECS, Lambda, CloudWatch and STS
    populate.py moto PORT END         Application Auto Scaling

END: seconds since 1970, on a whole hour; readings are of the day before it. Says `ready`
on standard output when all is there, and ends when its standard input does.

What is put in is a function of the minute, in steps that are exact in binary; the test
works it out anew from the same rule.
"""

import io
import os
import socket
import sys
import threading
import time
import zipfile
from datetime import datetime, timezone

import boto3
from botocore.config import Config

REGION = "eu-west-1"
HOME_ACCOUNT = "111111111111"
OTHER_ACCOUNT = "222222222222"
DAY = 86_400
# Percent: of 256 CPU units it is 8.
STEP = 3.125
DATA_A_CALL = 1_000
# Services without tasks: more than a page of ListServices.
SPARES = 103
# More than a page of DescribeScalableTargets.
SCALED_SPARES = 70
TARGET_GROUP = "targetgroup/web/0123456789abcdef"


class Clock:
    """The peer's calendar, which can be set back: an estate was there before the test."""

    def __init__(self):
        self.at = None

    def now(self):
        at = datetime.now(timezone.utc) if self.at is None else moment(self.at)
        return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def moment(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc)


def client(service, port, account):
    """A client of the peer; an access key of twelve digits is an account of that number."""
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name=REGION,
        aws_access_key_id=account,
        aws_secret_access_key="testing",
        config=Config(retries={"max_attempts": 1}, proxies={}, connect_timeout=5, read_timeout=30),
    )


def container(name, cpu=0, memory=None, reservation=None):
    one = {"name": name, "image": f"registry.test/{name}:1", "cpu": cpu, "essential": True}
    if memory:
        one["memory"] = memory
    if reservation:
        one["memoryReservation"] = reservation
    return one


def define(ecs, family, cpu, memory, **more):
    """A revision that runs on Fargate."""
    definition = {
        "family": family,
        "cpu": str(cpu),
        "memory": str(memory),
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [container("main", cpu)],
        **more,
    }
    return ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]


def create_service(ecs, cluster, name, definition, count, **more):
    if "capacityProviderStrategy" not in more:
        more.setdefault("launchType", "FARGATE")
    ecs.create_service(
        cluster=cluster, serviceName=name, taskDefinition=definition, desiredCount=count, **more
    )


def clusters(ecs):
    insights = [{"name": "containerInsights", "value": "enabled"}]
    ecs.create_cluster(
        clusterName="prod",
        settings=insights,
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        tags=[{"key": "Environment", "value": "production"}],
    )
    ecs.create_cluster(clusterName="stage")


def services(ecs, clock, end):
    arm = {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    sidecar = [container("main", 384), container("proxy", 128, reservation=64)]
    web = define(ecs, "web", 512, 1024, runtimePlatform=arm, containerDefinitions=sidecar)
    group = f"arn:aws:elasticloadbalancing:{REGION}:{HOME_ACCOUNT}:{TARGET_GROUP}"
    balanced = [{"targetGroupArn": group, "containerName": "main", "containerPort": 8080}]
    team = [{"key": "team", "value": "shop"}]
    create_service(ecs, "prod", "web", web, 2, tags=team, loadBalancers=balanced)
    spot = [
        {"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 0},
        {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
    ]
    queue = define(ecs, "queue", 256, 512)
    create_service(ecs, "prod", "queue", queue, 3, capacityProviderStrategy=spot)
    worker = define(ecs, "worker", 512, 1024)
    create_service(ecs, "stage", "worker", worker, 1)
    on_instances = [container("main", 192, 512, 256), container("log", 64, 256)]
    legacy = ecs.register_task_definition(family="legacy", containerDefinitions=on_instances)
    legacy = legacy["taskDefinition"]["taskDefinitionArn"]
    create_service(ecs, "stage", "legacy", legacy, 2, launchType="EC2")
    spare = define(ecs, "spare", 256, 512)
    for number in range(SPARES):
        create_service(ecs, "stage", f"spare-{number:03}", spare, 0)
    # In the middle of the day that is read, one gets twice its size.
    clock.at = end - DAY // 2
    worker = define(ecs, "worker", 1024, 2048)
    ecs.update_service(cluster="stage", service="worker", taskDefinition=worker)


def nightly(ecs, clock, end):
    """A batch task that ran twice: for twenty minutes, and for ten until it was stopped."""
    definition = define(ecs, "nightly", 1024, 4096)
    for begin, minutes, reason in [(end - DAY, 20, "done"), (end - 7_200, 10, "stopped by hand")]:
        clock.at = begin
        ran = ecs.run_task(cluster="prod", taskDefinition=definition, launchType="FARGATE")
        clock.at = begin + minutes * 60
        ecs.stop_task(cluster="prod", task=ran["tasks"][0]["taskArn"], reason=reason)


def steps(minute, task, number):
    """How many steps a task uses in a minute."""
    return 1 + (minute * 7 + task * 3 + number * 5) % 31


def tasks(minute, usual):
    """One more from eight to sixteen o'clock."""
    return usual + (8 * 60 <= minute % 1_440 < 16 * 60)


def datum(name, dimensions, minute, values):
    """Values as CloudWatch takes them: each once, with how often it came."""
    counts = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return {
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Timestamp": moment(minute * 60),
        "Values": list(counts),
        "Counts": list(counts.values()),
    }


def usage(cluster, service, number, usual, minutes):
    """CPU and memory of a service, a sample for each task."""
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    for minute in minutes:
        running = range(tasks(minute, usual))
        cpu = [steps(minute, task, number) * STEP for task in running]
        memory = [steps(minute, task, number + 1) * STEP for task in running]
        yield datum("CPUUtilization", dimensions, minute, cpu)
        yield datum("MemoryUtilization", dimensions, minute, memory)


def counted(cluster, service, usual, minutes):
    """How many tasks ran, as Container Insights has it."""
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    for minute in minutes:
        yield datum("RunningTaskCount", dimensions, minute, [float(tasks(minute, usual))])


def batch(minutes):
    """What the nightly task used, in CPU units and MiB."""
    dimensions = {"ClusterName": "prod", "TaskDefinitionFamily": "nightly"}
    for minute in minutes:
        yield datum("CpuUtilized", dimensions, minute, [steps(minute, 0, 9) * 32.0])
        yield datum("MemoryUtilized", dimensions, minute, [steps(minute, 0, 10) * 128.0])


def requests(minutes):
    """Of one target of the web service, and how many seconds each took."""
    group = {"TargetGroup": TARGET_GROUP}
    for minute in minutes:
        yield datum("RequestCountPerTarget", group, minute, [steps(minute, 0, 20) * 4.0])
        yield datum("TargetResponseTime", group, minute, [0.125, 0.375])


def invocations(minutes):
    """Of a function that is called in every second minute."""
    function = {"FunctionName": "resize"}
    for minute in minutes[::2]:
        yield datum("Invocations", function, minute, [1.0] * steps(minute, 0, 30))
        yield datum("Duration", function, minute, [64.0, 128.0])


def function(port):
    """Of Lambda."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("main.py", "def handler(event, context):\n    return event\n")
    client("lambda", port, HOME_ACCOUNT).create_function(
        FunctionName="resize",
        Runtime="python3.13",
        Handler="main.handler",
        Role=f"arn:aws:iam::{HOME_ACCOUNT}:role/resize",
        Code={"ZipFile": archive.getvalue()},
        MemorySize=512,
        Timeout=30,
        Architectures=["arm64"],
    )


def put(cloudwatch, namespace, data):
    data = list(data)
    for first in range(0, len(data), DATA_A_CALL):
        part = data[first : first + DATA_A_CALL]
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=part)


def readings(cloudwatch, end):
    last = end // 60
    day = range(last - 1_440, last)
    for cluster, service, number, usual in [
        ("prod", "web", 0, 2),
        ("prod", "queue", 2, 3),
        ("stage", "worker", 4, 1),
        ("stage", "legacy", 6, 2),
    ]:
        put(cloudwatch, "AWS/ECS", usage(cluster, service, number, usual, day))
    for service, usual in [("web", 2), ("queue", 3)]:
        put(cloudwatch, "ECS/ContainerInsights", counted("prod", service, usual, day))
    for begin, length in [(last - 1_440, 20), (last - 120, 10)]:
        put(cloudwatch, "ECS/ContainerInsights", batch(range(begin, begin + length)))
    put(cloudwatch, "AWS/ApplicationELB", requests(day))
    put(cloudwatch, "AWS/Lambda", invocations(day))


def estate(port, clock, end):
    ecs = client("ecs", port, HOME_ACCOUNT)
    clock.at = end - 30 * DAY
    clusters(ecs)
    services(ecs, clock, end)
    nightly(ecs, clock, end)
    function(port)
    readings(client("cloudwatch", port, HOME_ACCOUNT), end)
    other_account(port, clock, end)
    clock.at = None


def other_account(port, clock, end):
    """A second account with one service of the same name."""
    ecs = client("ecs", port, OTHER_ACCOUNT)
    clock.at = end - 30 * DAY
    ecs.create_cluster(clusterName="prod")
    create_service(ecs, "prod", "web", define(ecs, "web", 256, 512), 1)
    last = end // 60
    day = range(last - 1_440, last)
    cloudwatch = client("cloudwatch", port, OTHER_ACCOUNT)
    put(cloudwatch, "AWS/ECS", usage("prod", "web", 12, 1, day))


def ministack(port, end):
    os.environ.update(GATEWAY_PORT=str(port), BIND_HOST="127.0.0.1", LOG_LEVEL="WARNING")
    from ministack.core import responses

    clock = Clock()
    # Before anything of the peer holds on to it.
    responses.now_iso = clock.now
    from ministack import app

    fill(lambda: estate(port, clock, end), port)
    # It reads a command line of its own.
    del sys.argv[1:]
    app.main()


def scaling(port):
    """Targets for services that the other peer runs: more than one page of them."""
    ecs = client("ecs", port, HOME_ACCOUNT)
    autoscaling = client("application-autoscaling", port, HOME_ACCOUNT)
    definition = [container("main", 256, 512)]
    ecs.register_task_definition(family="any", containerDefinitions=definition)
    for cluster in ["prod", "stage"]:
        ecs.create_cluster(clusterName=cluster)
    spares = [("stage", f"spare-{number:03}", 1 + number) for number in range(SCALED_SPARES)]
    for cluster, name, most in [*spares, ("prod", "queue", 9), ("prod", "web", 6)]:
        ecs.create_service(cluster=cluster, serviceName=name, taskDefinition="any", desiredCount=0)
        target = {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{cluster}/{name}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        autoscaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=most)
    policy_and_schedule(autoscaling, target)


def policy_and_schedule(autoscaling, target):
    """Of one service."""
    autoscaling.put_scaling_policy(
        **target,
        PolicyName="by-cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 62.5,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleInCooldown": 300,
            "ScaleOutCooldown": 60,
        },
    )
    autoscaling.put_scheduled_action(
        **target,
        ScheduledActionName="morning",
        Schedule="cron(0 8 * * ? *)",
        ScalableTargetAction={"MinCapacity": 3, "MaxCapacity": 6},
    )


def moto(port, _end):
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import run_simple

    fill(lambda: scaling(port), port)
    run_simple("127.0.0.1", port, DomainDispatcherApplication(create_backend_app), threaded=True)


def fill(work, port):
    """Does the work as soon as the server answers, and says so."""

    def run():
        try:
            wait_for(port)
            work()
            print("ready", flush=True)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)

    threading.Thread(target=run, daemon=True).start()


def wait_for(port):
    for _ in range(1_200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def end_with_the_input():
    """No server outlives the test that started it, however that ended."""

    def watch():
        while os.read(0, 1_024):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main():
    peer, port, end = sys.argv[1:]
    end_with_the_input()
    {"ministack": ministack, "moto": moto}[peer](int(port), int(end))


if __name__ == "__main__":
    main()
