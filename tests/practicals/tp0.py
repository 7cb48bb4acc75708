"""TP 0: other right answers, and typical wrong ones with what the check must say."""

ANSWERS = {
    "ex-installation-chronometre": {
        "right": [
            """
import statistics, time

def duration(n, device="cpu", repeats=10):
    device = torch.device(device)
    a, b = torch.rand(n, n).to(device), torch.rand(n, n).to(device)
    torch.mm(a, b)
    def once():
        t = time.perf_counter()
        torch.mm(a, b)
        if device.type != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter() - t
    return statistics.median(once() for _ in range(repeats))
""",
            """
import torch.utils.benchmark as benchmark

def duration(n, device="cpu", repeats=10):
    a = torch.randn(n, n, device=device)
    b = torch.randn(n, n, device=device)
    timer = benchmark.Timer("a @ b", globals={"a": a, "b": b})
    times = [timer.timeit(1).mean for _ in range(repeats)]
    return sorted(times)[len(times) // 2]
""",
        ],
        "wrong": [
            ("""
import time
def duration(n, device="cpu", repeats=10):
    a = torch.rand(n, n)
    start = time.perf_counter()
    for _ in range(repeats):
        a @ a
    return time.perf_counter() - start
""", "médiane, pas la somme"),
            ("""
import time
def duration(n, device="cpu", repeats=10):
    a = torch.rand(n, n)
    a @ a
    start = time.perf_counter()
    return time.perf_counter() - start + 1e-9
""", "entre les deux lectures"),
            ("""
import time
def duration(n, device="cpu", repeats=10):
    a = torch.rand(n, n)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    return torch.tensor(times).median()
""", "nombre Python attendu"),
            ("""
import time
def duration(n, device="cpu", repeats=10):
    start = time.perf_counter()
    torch.rand(n, n) @ torch.rand(n, n)
    print(time.perf_counter() - start)
""", "return"),
        ],
    },
}  # fmt: skip
