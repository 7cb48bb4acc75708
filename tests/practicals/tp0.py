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
            '\nimport time\nimport numpy as np\ndef duration(n, device="cpu", repeats=10):\n    a, b = torch.randn(n, n, device=device), torch.randn(n, n, device=device)\n    a @ b\n    times = []\n    for _ in range(repeats):\n        start = time.perf_counter()\n        c = a.matmul(b)\n        if device != "cpu": torch.cuda.synchronize()\n        times.append(time.perf_counter() - start)\n    return np.median(times)\n',
            '\nimport statistics, timeit\ndef duration(n, device="cpu", repeats=10):\n    a, b = torch.rand(n, n, device=device), torch.rand(n, n, device=device)\n    def product():\n        torch.matmul(a, b)\n        if torch.device(device).type == "cuda": torch.cuda.synchronize()\n    product()\n    return statistics.median(timeit.repeat(product, number=1, repeat=repeats))\n',
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
            ('\nimport time\nimport numpy as np\ndef duration(n, device="cpu", repeats=10):\n    a, b = torch.randn(n, n, device=device), torch.randn(n, n, device=device)\n    a @ b\n    times = []\n    for _ in range(repeats):\n        start = time.perf_counter()\n        c = a.matmul(b)\n        if device != "cpu": torch.cuda.synchronize()\n        times.append(time.perf_counter() - start)\n    return sum(times) / len(times)\n', 'la médiane'),
            ('\nimport time\nimport numpy as np\ndef duration(n, device="cpu", repeats=10):\n    a, b = torch.randn(n, n, device=device), torch.randn(n, n, device=device)\n    a @ b\n    times = []\n    for _ in range(repeats):\n        start = time.perf_counter()\n        c = a.matmul(b)\n        if device != "cpu": torch.cuda.synchronize()\n        times.append(time.perf_counter() - start)\n    return 1000 * float(np.median(times))\n', 'des secondes'),
            ('\nimport time\nimport numpy as np\ndef duration(n, device="cpu", repeats=10):\n    a, b = torch.randn(n, n, device=device), torch.randn(n, n, device=device)\n    times = []\n    for _ in range(repeats):\n        start = time.perf_counter()\n        c = a.matmul(b)\n        if device != "cpu": torch.cuda.synchronize()\n        times.append(time.perf_counter() - start)\n    return torch.tensor(times).median().item() or np.median(times)\n', 'à blanc'),
            ('\nimport time\ndef duration(n, device="cpu", repeats=10):\n    times = []\n    for _ in range(repeats + 1):\n        start = time.perf_counter()\n        torch.rand(n, n, device=device) @ torch.rand(n, n, device=device)\n        times.append(time.perf_counter() - start)\n    return torch.tensor(times[1:]).median().item()\n', 'le produit seul'),
        ],
    },
}  # fmt: skip
