"""What krr's own code answers, for series made of a seed.

    git clone https://github.com/robusta-dev/krr
    pip install numpy 'pydantic<2'
    python3 tests/peers/krr.py krr 0 400 > tests/core/krr.csv

SOURCE FIRST COUNT: a checkout of krr, the first seed and how many. Four of its files are run as they
stand, its strategy `simple` and the rounding of its runner among them; all else that these import,
of krr or of others, is stood in for. The 95th percentile is the query's, which Prometheus answers:
it is taken here by the formula of Prometheus's `quantile_over_time`.

`tests/core/krr.rs` makes the same series of the same seeds, and holds the rule of this project to
the answers.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import math
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

POINTS = [1, 2, 99, 100, 101, 288, 1000, 2016]
MEBIBYTE = 1024**2
# What is run of krr; `result` has the types that these import, of which one matters.
RUN = {
    f"robusta_krr.{name}": f"robusta_krr/{name.replace('.', '/')}.py"
    for name in ("core.models.allocations", "core.abstract.strategies", "strategies.simple", "core.runner")
}
RESULT = "robusta_krr.core.models.result"
OTHERS = ("kubernetes", "prometrix", "rich", "slack_sdk")


class Source(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds what is run in the checkout, and stands in for the rest: names exist and do nothing."""

    def __init__(self, checkout):
        self.checkout = checkout

    def find_spec(self, name, path=None, target=None):
        if name in RUN:
            return importlib.util.spec_from_file_location(name, self.checkout / RUN[name])
        if name.split(".")[0] in ("robusta_krr", *OTHERS):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = MagicMock(name=spec.name)
        module.__path__ = []
        if spec.name == RESULT:
            from robusta_krr.core.models.allocations import ResourceType

            module.ResourceType = ResourceType
        return module

    def exec_module(self, module):
        pass


class Numbers:
    """Steele, Lea and Flood's SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = 2**64 - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def below(self, end):
        return self.next() % end


def series(seed):
    """CPU units and MiB, in sixteenths: exact in binary."""
    numbers = Numbers(seed)
    at = numbers.below(len(POINTS) + 2)
    points = POINTS[at] if at < len(POINTS) else 100 + numbers.below(2_000)
    kind = numbers.below(4)
    level = numbers.below(64 * 1024)
    if kind == 0:
        cpu = [level] * points
    elif kind == 1:
        cpu = [numbers.below(level + 1) for _ in range(points)]
    elif kind == 2:
        # About as often as the percentile leaves out.
        cpu = [level if numbers.below(20) == 0 else level // 4 for _ in range(points)]
    else:
        cpu = [numbers.below(400) for _ in range(points)]
    kind = numbers.below(4)
    level = numbers.below(16 * 30_000)
    if kind == 0:
        memory = [level] * points
    elif kind == 1:
        memory = [numbers.below(level + 1) for _ in range(points)]
    elif kind == 2:
        # With 15 % more a whole number of MiB.
        memory = [320 * numbers.below(200) for _ in range(points)]
    else:
        memory = [numbers.below(16 * 90) for _ in range(points)]
    return [one / 16 for one in cpu], [one / 16 for one in memory]


def quantile_over_time(share, values):
    values = sorted(values)
    rank = share * (len(values) - 1)
    below = max(0, math.floor(rank))
    above = min(len(values) - 1, below + 1)
    weight = rank - math.floor(rank)
    return values[below] * (1 - weight) + values[above] * weight


def main():
    source, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    import numpy as np

    sys.meta_path.insert(0, Source(source))
    import robusta_krr.core.runner as runner
    from robusta_krr.core.models.allocations import ResourceType
    from robusta_krr.core.runner import Runner
    from robusta_krr.strategies.simple import SimpleStrategy, SimpleStrategySettings

    # The defaults of its command line, where krr itself takes them from.
    config = (source / "robusta_krr/core/models/config.py").read_text()
    floors = dict(re.findall(r"(\w+_min_value): int = pd\.Field\((\d+)", config))
    runner.settings = SimpleNamespace(**{name: int(least) for name, least in floors.items()})
    rounds = Runner.__new__(Runner)
    strategy = SimpleStrategy(SimpleStrategySettings())
    share = round(strategy.settings.cpu_percentile / 100, 2)

    def one(value):
        return {"pod": np.array([[0.0, value]])}

    print("seed,points,millicores,mebibytes")
    for seed in range(first, first + count):
        cpu, memory = series(seed)
        data = {
            "PercentileCPULoader": one(quantile_over_time(share, [units / 1024 for units in cpu])),
            "MaxMemoryLoader": one(max(memory) * MEBIBYTE),
            "CPUAmountLoader": one(len(cpu)),
            "MemoryAmountLoader": one(len(memory)),
        }
        answer = strategy.run(data, SimpleNamespace(hpa=None))
        answer = rounds._format_result(answer)
        cpu_request = answer[ResourceType.CPU].request
        memory_request = answer[ResourceType.Memory].request
        if math.isnan(cpu_request) or math.isnan(memory_request):
            print(f"{seed},{len(cpu)},,")
        else:
            millicores, mebibytes = cpu_request * 1000, memory_request / MEBIBYTE
            assert abs(millicores - round(millicores)) < 1e-6 and mebibytes == int(mebibytes)
            print(f"{seed},{len(cpu)},{round(millicores)},{int(mebibytes)}")


if __name__ == "__main__":
    main()
