"""TP 9: other right answers, and typical wrong ones with what the check must say."""

SCALER = """
class Standardise(nn.Module):
    def __init__(self, x):
        super().__init__()
        self.register_buffer("m", x.mean(0, keepdim=True))
        self.register_buffer("s", x.std(0, keepdim=True).clone())
        self.s[self.s == 0] = 1
    def forward(self, x):
        return (x - self.m) / self.s
"""
ACCURACY = """
def accuracy(model, x, y):
    model.eval()
    with torch.inference_mode():
        return sum(int(a == b) for a, b in zip(model(x).argmax(1), y)) / len(y)
"""
FIT = """
def fit(model, train, val, epochs=30, lr=0.003, size=64):
    loss_fn, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=lr)
    history, top, best = [], -1, None
    for _ in range(epochs):
        model.train()
        order = torch.randperm(len(train[0]))
        for i in range(0, len(order), size):
            rows = order[i:i + size]
            loss = loss_fn(model(train[0][rows]), train[1][rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        value = accuracy(model, val[0], val[1])
        history.append(value)
        if value > top:
            top, best = value, {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(best)
    return history
"""
LOADER_FIT = """
from torch.utils.data import DataLoader, TensorDataset

def fit(model, train, val, epochs=30, lr=0.003, size=64):
    loader = DataLoader(TensorDataset(*train), batch_size=size, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    kept = []
    for _ in range(epochs):
        model.train()
        for xb, yb in loader:
            optimizer.zero_grad()
            nn.functional.nll_loss(model(xb).log_softmax(1), yb).backward()
            optimizer.step()
        kept.append((accuracy(model, *val), copy.deepcopy(model.state_dict())))
    history = torch.tensor([value for value, _ in kept])
    model.load_state_dict(kept[int(history.argmax())][1])
    return history
"""
COUNT = """
def confusion(y, guess, classes=10):
    m = torch.zeros(classes, classes, dtype=torch.long)
    for a, b in zip(y.tolist(), guess.tolist()):
        m[a, b] += 1
    return m
"""
WORST = """
def worst(m):
    n = len(m)
    return max(((i, j) for i in range(n) for j in range(n) if i != j), key=lambda p: m[p])
"""
RECALLS = """
def recalls(m):
    return [m[k, k].item() / max(1, m[k].sum().item()) for k in range(len(m))]
"""
SAVE = """
def save(model, sizes, path):
    torch.save({"sizes": sizes, "weights": model.state_dict()}, path)
"""
PREDICT = """
def predict(path, images):
    data = torch.load(path)
    net = mlp(data["sizes"]).eval()
    net.load_state_dict(data["weights"])
    x = torch.tensor(images).float().reshape(len(images), -1)
    return net(x).argmax(-1)
"""
PROFILE = """
def profile_model(model, x):
    with torch.no_grad():
        with FlopCounterMode(display=False) as counter:
            model(x)
        with profile(activities=[ProfilerActivity.CPU]) as prof:
            for _ in range(10):
                model(x)
        start = time.perf_counter()
        for _ in range(5):
            model(x)
        seconds = (time.perf_counter() - start) / 5
    return {"parameters": sum(p.numel() for p in model.parameters()), "bytes": sum(t.nbytes for t in model.state_dict().values()),
            "flops": counter.get_total_flops(), "busiest": max(prof.key_averages(), key=lambda e: e.self_cpu_time_total).key,
            "images_per_second": len(x) / seconds}
"""
PROJECT = """
from sklearn.model_selection import train_test_split

def net():
    return nn.Sequential(nn.BatchNorm1d(64, affine=False), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))

def score(model, x, y):
    model.eval()
    return (model(x).argmax(1) == y).double().mean()

def project(x, y, seed, path):
    torch.manual_seed(seed)
    a, c = train_test_split(torch.arange(len(x)), test_size=0.2, random_state=seed)
    a, b = train_test_split(a, test_size=0.25, random_state=seed)
    model = net()
    model[0].running_mean, model[0].running_var = x[a].mean(0), x[a].var(0)
    model[0].eval()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    best = -1
    for epoch in range(40):
        model[1:].train()
        for rows in a[torch.randperm(len(a))].split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
        value = score(model, x[b], y[b])
        if value > best:
            best = value
            torch.save(model.state_dict(), path)
    model.load_state_dict(torch.load(path))
    return dict(val=best, test=score(model, x[c], y[c]), rows=c.tolist(), parameters=sum(p.numel() for p in model.parameters()))

def predict(path, x):
    model = net()
    model.load_state_dict(torch.load(path))
    return model.eval()(x).argmax(1)
"""
SKLEARN = """
from sklearn.preprocessing import StandardScaler

def net():
    return nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Dropout(0.2), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 10))

def project(x, y, seed, path):
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    a, b, c = order[:1078], order[1078:1437], order[1437:]
    scaler = StandardScaler().fit(x[a].numpy())
    mean, std = torch.tensor(scaler.mean_).float(), torch.tensor(scaler.scale_).float()
    torch.manual_seed(seed)
    model = net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003, weight_decay=1e-4)
    history = []
    for epoch in range(30):
        model.train()
        for rows in a[torch.randperm(len(a))].split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model((x[rows] - mean) / std), y[rows]).backward()
            optimizer.step()
        model.eval()
        right = (model((x[b] - mean) / std).argmax(1) == y[b]).float().mean().item()
        history.append((right, copy.deepcopy(model.state_dict())))
    val, state = max(history, key=lambda pair: pair[0])
    torch.save({"state": state, "mean": mean, "std": std}, path)
    test = (predict(path, x[c]) == y[c]).float().mean().item()
    return {"val": val, "test": test, "rows": c, "parameters": 64 * 65 + 64 * 65 + 650}

def predict(path, x):
    data = torch.load(path)
    model = net()
    model.load_state_dict(data["state"])
    with torch.no_grad():
        return model.eval()((x - data["mean"]) / data["std"]).argmax(1)
"""


def changed(source: str, *changes: tuple[str, str]) -> str:
    for before, after in changes:
        assert before in source, before
        source = source.replace(before, after)
    return source


ANSWERS = {
    "ex-projet-decouper": {
        "right": [
            "def split(n, seed=0):\n    import numpy as np\n    rows = np.random.default_rng(seed).permutation(n)\n    return np.split(rows, [n * 3 // 5, n * 3 // 5 + n // 5])",
            "def split(n, seed=0):\n    from sklearn.model_selection import train_test_split\n    a, b = int(0.6 * n), n // 5\n    rest, test = train_test_split(list(range(n)), test_size=n - a - b, random_state=seed)\n    return rest[:a], rest[a:], test",
        ],
        "wrong": [
            ("def split(n, seed=0):\n    rows = torch.randperm(n, generator=torch.Generator().manual_seed(seed))\n    return rows.split([n - 2 * (n // 5), n // 5, n // 5])", "tailles"),
            ("def split(n, seed=0):\n    torch.manual_seed(seed)\n    rows = torch.randperm(n)\n    return rows[:6 * n // 10], rows[6 * n // 10:6 * n // 10 + n // 5], rows[6 * n // 10 + n // 5:]", "générateur global"),
            ("def split(n, seed=0):\n    g = torch.Generator().manual_seed(seed)\n    a, b = 6 * n // 10, n // 5\n    return [torch.randperm(n, generator=g)[:k] for k in (a, b, n - a - b)]", "une seule partie"),
            ("def split(n, seed=0):\n    rows = torch.arange(n)\n    return rows[:6 * n // 10], rows[6 * n // 10:6 * n // 10 + n // 5], rows[6 * n // 10 + n // 5:]", "mélangé"),
        ],
    },
    "ex-projet-standardiser": {
        "right": [
            SCALER,
            changed(SCALER, (".std(0, keepdim=True).clone()", ".std(0, keepdim=True, correction=0) + 0")),
            "class Standardise(nn.Module):\n    def __init__(self, x):\n        super().__init__()\n        self.register_buffer('table', torch.stack([x.mean(0), 1 / x.std(0)]).nan_to_num(posinf=0.0))\n"
            "    def forward(self, x):\n        return (x - self.table[0]) * self.table[1]",
        ],
        "wrong": [
            (changed(SCALER, ("        self.s[self.s == 0] = 1\n", "")), "nan ou inf"),
            (changed(SCALER, ('self.register_buffer("m", x.mean(0, keepdim=True))', "self.m = x.mean(0, keepdim=True)")), r"state_dict\(\)"),
            (changed(SCALER, ('self.register_buffer("m", x.mean(0, keepdim=True))', "self.m = nn.Parameter(x.mean(0, keepdim=True))")), "l'optimiseur"),
            (changed(SCALER, ("(x - self.m) / self.s", "(x - x.mean(0)) / self.s")), "exemple neuf"),
            (changed(SCALER, ("x.mean(0, keepdim=True)", "x.mean()"), ("x.std(0, keepdim=True)", "x.std()[None]")), "des 0 attendus|colonne par colonne"),
            (changed(SCALER, ("        return (x - self.m)", "        (x - self.m)")), "return"),
        ],
    },
    "ex-projet-entrainer": {
        "right": [ACCURACY + FIT, ACCURACY + LOADER_FIT, "def accuracy(model, x, y):\n    model.train(False)\n    with torch.no_grad():\n        return (model(x).argmax(-1) == y).double().mean()\n" + FIT],
        "wrong": [
            (ACCURACY + changed(FIT, ("            optimizer.zero_grad()\n", "")), "zero_grad"),
            (ACCURACY + changed(FIT, ("{k: v.clone() for k, v in model.state_dict().items()}", "model.state_dict()")), "copiés"),
            (ACCURACY + changed(FIT, ("    model.load_state_dict(best)\n", "")), "meilleure époque"),
            (ACCURACY + changed(FIT, ("torch.randperm(len(train[0]))", "torch.arange(len(train[0]))")), "même ordre"),
            (ACCURACY + changed(FIT, ("range(0, len(order), size)", "range(0, len(order) - size + 1, size)")), r"\[4, 4, 2\]"),
            (changed(ACCURACY, ("    model.eval()\n", "")) + FIT, "model.eval"),
            (ACCURACY + changed(FIT, ("        model.train()\n", "")), "mode évaluation"),
            (changed(ACCURACY, ("with torch.inference_mode():", "if True:")) + FIT, "gradient"),
            (changed(ACCURACY, (" / len(y)", "")) + FIT, "0.75"),
            (ACCURACY + changed(FIT, ("Adam(model", "SGD(model")), "Adam au taux"),
            (ACCURACY + changed(FIT, ("    return history\n", "    return history[-1:]\n")), "3 attendues"),
        ],
    },
    "ex-projet-erreurs": {
        "right": [
            COUNT + WORST + RECALLS,
            "from sklearn.metrics import confusion_matrix\n\ndef confusion(y, guess, classes=10):\n    return torch.tensor(confusion_matrix(y, guess, labels=range(classes)))\n"
            "def worst(m):\n    e = m.clone()\n    e.fill_diagonal_(0)\n    k = e.flatten().argmax()\n    return k // len(m), k % len(m)\n"
            "def recalls(m):\n    return (m.diag() / m.sum(1)).nan_to_num()",
            "def confusion(y, guess, classes=10):\n    hot = nn.functional.one_hot\n    return hot(y, classes).T @ hot(guess, classes)\n" + WORST + RECALLS,
        ],
        "wrong": [
            (changed(COUNT, ("m[a, b]", "m[b, a]")) + WORST + RECALLS, "échangées"),
            ("def confusion(y, guess, classes=10):\n    n = int(max(y.max(), guess.max())) + 1\n    return (n * y + guess).bincount(minlength=n * n).view(n, n)\n" + WORST + RECALLS, "forme"),
            (COUNT + "def worst(m):\n    return divmod(m.argmax().item(), len(m))\n" + RECALLS, "diagonale"),
            (COUNT + "def worst(m):\n    e = m - m.diag().diag()\n    i, j = divmod(e.argmax().item(), len(m))\n    return j, i\n" + RECALLS, r"\(vrai, réponse\)"),
            (COUNT + "def worst(m):\n    m.fill_diagonal_(0)\n    return divmod(m.argmax().item(), len(m))\n" + RECALLS, "a modifié"),
            (COUNT + WORST + "def recalls(m):\n    return m.diag() / m.sum(1)", "absent"),
            (COUNT + WORST + "def recalls(m):\n    return m.diag() / m.sum(0).clamp(min=1)", "de sa ligne"),
            (COUNT + WORST + 'def recalls(m):\n    return [m[k, k].item() / m[k].sum().item() for k in range(len(m))]', 'division par zéro'),
        ],
    },
    "ex-projet-sauver": {
        "right": [
            SAVE + PREDICT,
            "def save(model, sizes, path):\n    torch.save(dict(model.state_dict(), sizes=torch.tensor(sizes)), path)\n\ndef predict(path, images):\n    state = torch.load(path, weights_only=True)\n    model = mlp(state.pop('sizes').tolist())\n"
            "    model.load_state_dict(state)\n    model.train(False)\n    import numpy as np\n    return model(torch.from_numpy(np.asarray(images)).float().flatten(1)).max(dim=1).indices",
            SAVE + changed(PREDICT, ("    return net(x).argmax(-1)", "    with torch.no_grad():\n        return net(x).softmax(1).argmax(1).int()")),
        ],
        "wrong": [
            (changed(SAVE, ("model.state_dict()", "model")) + changed(PREDICT, ('"weights"]', '"weights"].state_dict()')), "types simples"),
            (SAVE + changed(PREDICT, (".eval()", "")), "eval"),
            (SAVE + changed(PREDICT, ('    net.load_state_dict(data["weights"])\n', "")), "viennent-ils du fichier"),
            (SAVE + changed(PREDICT, (".argmax(-1)", "")), r"\(60,\) attendue"),
            (SAVE + changed(PREDICT, ("net(x).argmax(-1)", "net(x).max(1).values")), "entiers"),
            (SAVE + changed(PREDICT, (".float()", ".float().div(16).sub(0.5)")), "diffèrent"),
        ],
    },
    "ex-projet-profiler": {
        "right": [
            PROFILE,
            changed(PROFILE, ("sum(t.nbytes for t in model.state_dict().values())", "sum(t.numel() * t.element_size() for t in [*model.parameters(), *model.buffers()])"), ("with torch.no_grad()", "with torch.inference_mode()")),
            "from torch.utils import benchmark\n\n" + changed(PROFILE, ("        start = time.perf_counter()\n        for _ in range(5):\n            model(x)\n        seconds = (time.perf_counter() - start) / 5\n", "        timer = benchmark.Timer('model(x)', globals={'model': model, 'x': x})\n        seconds = timer.timeit(5).median\n")),
        ],
        "wrong": [
            (changed(PROFILE, ("model.state_dict().values()", "model.parameters()")), "tampons"),
            (changed(PROFILE, ("p.numel() for p in model.parameters()", "p.numel() for p in model.state_dict().values()")), "36 attendu"),
            (changed(PROFILE, ("            model(x)\n        with profile", "            for _ in range(10): model(x)\n        with profile")), "Une seule passe"),
            (changed(PROFILE, ("len(x) / seconds", "1 / seconds")), "des passes"),
            (changed(PROFILE, ("with torch.no_grad():", "if True:")), "no_grad"),
            (changed(PROFILE, ("self_cpu_time_total", "cpu_time_total")), "délègue"),
            (changed(PROFILE, ("    with torch.no_grad():", "    model.eval()\n    with torch.no_grad():")), "mode"),
            (changed(PROFILE, ('"bytes"', '"octets"')), "il manque bytes"),
        ],
    },
    "ex-projet-chiffres": {
        "right": [PROJECT, SKLEARN, changed(SKLEARN, ("nn.Tanh(), nn.Dropout(0.2), nn.Linear(64, 64), nn.Tanh()", "nn.ReLU()"), ("64 * 65 + 64 * 65 + 650", "4810"))],
        "wrong": [
            (changed(SKLEARN, ("model.train()\n        for rows in a[torch.randperm(len(a))]", "model.train()\n        for rows in order[torch.randperm(len(x))]"), ("range(30)", "range(60)")), "servi à apprendre"),
            (changed(SKLEARN, ("model.eval()((x", "model((x")), "le fichier donne|comme dans un lot"),
            (changed(SKLEARN, ('(x - data["mean"]) / data["std"]', "(x - x.mean(0)) / (x.std(0) + 1e-6)")), "comme dans un lot"),
            (changed(SKLEARN, ("manual_seed(seed))", "manual_seed(0))")), "même test"),
            (changed(SKLEARN, ('"test": test', '"test": 1.0')), "le fichier donne"),
            (changed(SKLEARN, ("range(30)", "range(1)")), "0.96|exactitude attendue"),
            (changed(SKLEARN, ("order[1437:]", "order[1700:]")), "359"),
            (changed(SKLEARN, ("nn.Linear(64, 64), nn.Tanh(), nn.Dropout(0.2), nn.Linear(64, 64)", "nn.Linear(64, 256), nn.Tanh(), nn.Dropout(0.2), nn.Linear(256, 64)"), ("64 * 65 + 64 * 65 + 650", "sum(p.numel() for p in model.parameters())")), "20 000"),
        ],
    },
}  # fmt: skip
