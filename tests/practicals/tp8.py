"""TP 8: other right answers, and typical wrong ones with what the check must say."""

READ = """
def calls(events, name):
    return {e.key: e.count for e in events}.get(name, 0)
def busiest(events):
    return sorted(events, key=lambda e: -e.self_cpu_time_total)[0].key
def share(events, name):
    own = {e.key: e.self_cpu_time_total for e in events}
    return own.get(name, 0) / sum(own.values())
"""
FLOW = """
def throughput(model, x, size):
    start = time.perf_counter()
    with torch.inference_mode():
        for i in range(0, len(x), size):
            model(x[i:i + size])
    return len(x) / (time.perf_counter() - start)
"""
MEAN = "\ndef fast_mean(losses):\n    return torch.stack([v.detach() for v in losses]).mean().item()\n"
SCORE = "\ndef fast_score(model, x, y):\n    z = (x - x.mean(0)) / x.std(0)\n    return (model(z).argmax(-1) == y).double().mean()\n"

MEMORY = """
def estimate(model):
    return sum(4 * p.numel() * p.element_size() for p in model.parameters())
def measure(model, optimizer):
    held = [*model.parameters(), *(p.grad for p in model.parameters())]
    held += [s[k] for s in optimizer.state.values() for k in ("exp_avg", "exp_avg_sq") if k in s]
    return sum(v.nbytes for v in held)
"""

COST = """
def model_time(n, launch, flops, bandwidth=None):
    seconds = launch + 2 * n**3 / flops
    if bandwidth is not None:
        seconds += 12 * n**2 / bandwidth
    return seconds
def crossover(cpu, gpu, limit=10_000):
    for n in range(1, limit + 1):
        if gpu(n) < cpu(n):
            return n
"""
LINE = """
def fit(sizes, seconds):
    work = [2.0 * n**3 for n in sizes]
    mx, my = sum(work) / len(work), sum(seconds) / len(work)
    v = sum((a - mx) * (b - my) for a, b in zip(work, seconds)) / sum((a - mx) ** 2 for a in work)
    return my - v * mx, 1 / v
"""

ANSWERS = {
    "ex-profilage-lire": {
        "right": [READ, READ.replace("{e.key: e.count for e in events}.get(name, 0)", "sum(e.count * (e.key == name) for e in events)"),
            'def calls(events, name):\n    return next((e.count for e in events if e.key == name), 0)\ndef busiest(events):\n    best = events[0]\n    for e in events:\n        if e.self_cpu_time_total > best.self_cpu_time_total: best = e\n    return best.key\ndef share(events, name):\n    for e in events:\n        if e.key == name: return e.self_cpu_time_total / events.self_cpu_time_total\n    return 0.0',
        ],
        "wrong": [
            (READ.replace("-e.self_cpu_time_total", "-e.cpu_time_total"), "délègue"),
            (READ.replace("[0].key", "[0]"), "un nom"),
            (READ.replace("e.key: e.self_cpu_time_total", "e.key: e.cpu_time_total"), "temps propre"),
            (READ.replace(".get(name, 0)\ndef b", ".get(name)\ndef b"), "absente"),
        ],
    },
    "ex-profilage-debit": {
        "right": [FLOW, FLOW.replace("torch.inference_mode()", "torch.no_grad()").replace("for i in range(0, len(x), size):\n            model(x[i:i + size])", "[model(b) for b in torch.utils.data.DataLoader(x, size)]"),
            FLOW.replace("    start = ", "    model.eval()\n    start = "),
            FLOW.replace("    start = ", "    with torch.no_grad(): model(x[:size])\n    start = "),
            FLOW.replace("    start = ", "    x = x.to(next(model.parameters()).device)\n    start = "),
        ],
        "wrong": [
            (FLOW.replace("len(x), size)", "len(x) - size, size)"), r"\[10, 10, 5\]"),
            (FLOW.replace("with torch.inference_mode()", "if True"), "no_grad"),
            (FLOW.replace("return len(x) / (", "return 3 / ("), "lots|834"),
            (FLOW.replace("return len(x) / (", "return ("), "834"),
            (FLOW.replace("return len(x) / (time.perf_counter() - start)", "return (time.perf_counter() - start) / len(x)"), '834'),
        ],
    },
    "ex-profilage-item": {
        "right": [MEAN, "def fast_mean(losses):\n    with torch.no_grad():\n        v = list(losses)\n        return (sum(v) / len(v)).item()",
            'def fast_mean(losses):\n    kept = []\n    for l in losses:\n        kept.append(l.clone().detach())\n    return torch.stack(kept).mean().item()',
            'def fast_mean(losses):\n    v = [l.data for l in losses]\n    return torch.mean(torch.stack(v)).item()',
        ],
        "wrong": [
            ("fast_mean = slow_mean", "1 attendu"),
            (MEAN.replace(".item()", ""), "nombre Python"),
            (MEAN.replace(".mean()", ".sum()"), "6.0 attendu"),
            (MEAN.replace("detach()", "detach_()"), "detach"),
            ('def fast_mean(losses):\n    t, n = 0.0, 0\n    for l in losses:\n        t = t + l\n        n += 1\n    return (t / n).item()', 'graphes sont encore en mémoire'),
            ('def fast_mean(losses):\n    return torch.stack(list(losses)).mean().item()', 'graphes sont encore en mémoire'),
        ],
    },
    "ex-profilage-accelerer": {
        "right": [SCORE, "def fast_score(model, x, y):\n    m, s = x.mean(0), x.std(0)\n    n = sum(int((model((a - m) / s).argmax(1) == b).sum()) for a, b in zip(x.split(200), y.split(200)))\n    return n / len(x)"],
        "wrong": [
            ("fast_score = slow_score", "boucle"),
            (SCORE.replace("(x - x.mean(0)) / x.std(0)", "x"), "attendu"),
            (SCORE.replace(".mean()\n", ".sum()\n"), "attendu"),
            (SCORE.replace("return (", "print(").replace(".mean()\n", ".mean())\n").replace("print(model", "print((model"), "return"),
        ],
    },
    "ex-profilage-bascule": {
        "right": [
            COST + LINE,
            COST + "import numpy as np\n\ndef fit(sizes, seconds):\n    v, u = np.polyfit(2.0 * np.array(sizes, dtype=float) ** 3, np.array(seconds), 1)\n    return u, 1 / v",
            COST + "def fit(sizes, seconds):\n    from sklearn.linear_model import LinearRegression\n    r = LinearRegression().fit([[2e-9 * n**3] for n in sizes], seconds)\n    return torch.tensor(r.intercept_), torch.tensor(1e9 / r.coef_[0])",
        ],
        "wrong": [
            (COST.replace("12 * n**2", "4 * n**2") + LINE, "3 matrices"),
            (COST.replace("2 * n**3", "n**3") + LINE, "2 n³"),
            (COST.replace("gpu(n) < cpu(n)", "gpu(n) <= cpu(n)") + LINE, "égalité"),
            (COST.replace("return n\n", "return n - 1\n") + LINE, "dernier n"),
            (COST.replace("            return n\n", "            return n\n    return limit\n") + LINE, "None attendu"),
            (COST + LINE.replace("1 / v", "v"), "son inverse"),
            (COST + LINE.replace("2.0 * n**3", "1.0 * n**3"), "débit"),
            (COST + "def fit(sizes, seconds):\n    return 0.0, sum(2 * n**3 for n in sizes) / sum(seconds)", "launch|débit"),
            (COST[:COST.index('def crossover')] + 'def crossover(cpu, gpu, limit=10_000):\n    a, b = 1, limit\n    if not gpu(b) < cpu(b): return None\n    while a < b:\n        m = (a + b) // 2\n        if gpu(m) < cpu(m): b = m\n        else: a = m + 1\n    return a\n' + LINE, 'tous les n'),
            (COST.replace("range(1, limit + 1)", "range(1, limit)") + LINE, 'limit est compris'),
        ],
    },
    "ex-profilage-memoire": {
        "right": [MEMORY, MEMORY.replace("v.nbytes for", "v.numel() * v.element_size() for").replace("4 * p.numel() * p.element_size()", "p.nbytes * 4")],
        "wrong": [
            (MEMORY.replace("4 * p.numel()", "p.numel()"), "640 attendu"),
            (MEMORY.replace("p.element_size()", "4"), "float64"),
            (MEMORY.replace('for k in ("exp_avg", "exp_avg_sq") if k in s', "for k in s"), "Adam, measure rend"),
            (MEMORY.replace(", *(p.grad for p in model.parameters())", ""), "gradients"),
        ],
    },
}  # fmt: skip
