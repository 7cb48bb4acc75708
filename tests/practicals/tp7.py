"""TP 7: other right answers, and typical wrong ones with what the check must say."""

LOADER = """
def loader(x, y, size, shuffle=False, generator=None):
    n = len(x)
    order = torch.randperm(n, generator=generator) if shuffle else torch.arange(n)
    for i in range(0, n, size):
        yield x[order[i:i + size]], y[order[i:i + size]]
"""

STOPPER = """
class EarlyStopping:
    def __init__(self, patience=3, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.epoch, self.best_epoch, self.weights = float("inf"), -1, 0, None
    def step(self, value, model):
        self.epoch += 1
        if value < self.best - self.min_delta:
            self.best, self.best_epoch = value, self.epoch
            self.weights = {k: v.clone() for k, v in model.state_dict().items()}
        return self.epoch - self.best_epoch >= self.patience
    def restore(self, model):
        model.load_state_dict(self.weights)
"""

COUNT = "\ndef confusion(y, guess):\n    m = torch.zeros(2, 2, dtype=torch.int64)\n    for a, b in zip(y, guess):\n        m[int(a), int(b)] += 1\n    return m\n"
RATES = """
def precision(m):
    d = m[0, 1] + m[1, 1]
    return float(m[1, 1] / d) if d > 0 else 0.0
def recall(m):
    d = m[1, 0] + m[1, 1]
    return float(m[1, 1] / d) if d > 0 else 0.0
"""

CURVES = """
def curves(model, epochs):
    optimizer, loss_fn = torch.optim.Adam(model.parameters(), lr=0.01), nn.functional.mse_loss
    train, val = [], []
    for _ in range(epochs):
        model.train()
        loss = loss_fn(model(x_train), y_train)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        model.eval()
        with torch.no_grad():
            train.append(loss_fn(model(x_train), y_train))
            val.append(loss_fn(model(x_val), y_val))
    return train, val
"""
REGRET = "\ndef regret(val):\n    return val[-1] / sorted(val)[0]\n"

SIX = """
def prepare(x_train, x_val):
    mean, std = x_train.mean(0), x_train.std(0, correction=0)
    return (x_train - mean) / std, (x_val - mean) / std

def build(inputs, classes):
    return nn.Sequential(nn.Linear(inputs, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, classes))

def train_epoch(model, batches, loss_fn, optimizer):
    model.train()
    losses = []
    for xb, yb in batches:
        model.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        optimizer.step()
        losses += [loss.item()] * len(xb)
    return sum(losses) / len(losses)

def evaluate(model, x, y, loss_fn):
    model.eval()
    with torch.no_grad():
        value = loss_fn(model(x), y).item()
    model.train()
    return value

def fit(model, batches, x_val, y_val, loss_fn, lr, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    best, weights = float("inf"), None
    for _ in range(epochs):
        train_epoch(model, batches, loss_fn, optimizer)
        value = evaluate(model, x_val, y_val, loss_fn)
        if value < best:
            best = value
            weights = {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(weights)
    return best
"""

ANSWERS = {
    "ex-entrainement-loader": {
        "right": [
            LOADER,
            "from torch.utils.data import DataLoader, TensorDataset\n\ndef loader(x, y, size, shuffle=False, generator=None):\n    yield from DataLoader(TensorDataset(x, y), size, shuffle=shuffle, generator=generator)",
            "def loader(x, y, size, shuffle=False, generator=None):\n    rows = torch.rand(len(x), generator=generator).argsort() if shuffle else slice(None)\n    return zip(x[rows].split(size), y[rows].split(size))",
            'from torch.utils.data import BatchSampler, RandomSampler, SequentialSampler\ndef loader(x, y, size, shuffle=False, generator=None):\n    s = RandomSampler(x, generator=generator) if shuffle else SequentialSampler(x)\n    for rows in BatchSampler(s, size, drop_last=False):\n        yield x[rows], y[rows]',
        ],
        "wrong": [
            (LOADER.replace("range(0, n, size)", "range(0, n - size + 1, size)"), r"\[4, 4, 2\] attendu"),
            (LOADER.replace("y[order[i:i + size]]", "y[i:i + size]"), "perdu sa cible"),
            (LOADER.replace("torch.randperm(n, generator=generator)", "torch.randint(n, (n,), generator=generator)"), "sans remise"),
            (LOADER.replace("generator=generator)", "generator=torch.Generator().manual_seed(0))"), "même ordre"),
            (LOADER.replace("torch.randperm(n, generator=generator)", "torch.randperm(n)"), "utilisez generator"),
            (LOADER.replace(" if shuffle else torch.arange(n)", ""), "0 à 9 attendu"),
            ('def loader(x, y, size, shuffle=False, generator=None):\n    lots = list(zip(x.split(size), y.split(size)))\n    order = torch.randperm(len(lots), generator=generator).tolist() if shuffle else range(len(lots))\n    for i in order:\n        yield lots[i]', 'non les lots'),
            ('def loader(x, y, size, shuffle=False, generator=None):\n    for a, b in zip(x.split(size), y.split(size)):\n        p = torch.randperm(len(a), generator=generator) if shuffle else torch.arange(len(a))\n        yield a[p], b[p]', 'non les lots'),
            ('def loader(x, y, size, shuffle=False, generator=None):\n    if shuffle:\n        order = torch.randperm(len(x), generator=generator)\n        x[:], y[:] = x[order], y[order]\n    yield from zip(x.split(size), y.split(size))', 'loader a mélangé x'),
        ],
    },
    "ex-entrainement-arret": {
        "right": [
            STOPPER,
            STOPPER.replace("{k: v.clone() for k, v in model.state_dict().items()}", "copy.deepcopy(model)").replace("load_state_dict(self.weights)", "load_state_dict(self.weights.state_dict())"),
        ],
        "wrong": [
            (STOPPER.replace("{k: v.clone() for k, v in model.state_dict().items()}", "model.state_dict()"), "une copie"),
            (STOPPER.replace(">= self.patience", "> self.patience"), "attendu"),
            (STOPPER.replace("value < self.best - self.min_delta", "value <= self.best"), "attendu"),
            (STOPPER.replace("value < self.best - self.min_delta", "value < self.best"), "min_delta"),
            (STOPPER.replace("        return self.epoch - self.best_epoch >= self.patience\n", "        if self.epoch - self.best_epoch >= self.patience: return True\n"), "True ou False"),
            (STOPPER.replace("        model.load_state_dict(self.weights)", "        pass"), "derniers poids"),
            (STOPPER.replace("        return self.epoch", "        self.best = min(self.best, value)\n        return self.epoch"), 'best ne change pas'),
        ],
    },
    "ex-entrainement-matrice": {
        "right": [
            COUNT + RATES,
            "from sklearn.metrics import confusion_matrix\n\ndef confusion(y, guess):\n    return torch.tensor(confusion_matrix(y.int(), guess.int(), labels=[0, 1]))\n" + RATES,
            "def confusion(y, guess):\n    one_hot = lambda v: nn.functional.one_hot(v.long(), 2)\n    return one_hot(y).T @ one_hot(guess)\n"
            "def precision(m):\n    return m[1, 1] / m[:, 1].sum().clamp(min=1)\ndef recall(m):\n    return m[1, 1] / m[1].sum().clamp(min=1)",
            'def confusion(y, guess):\n    return torch.bincount((y * 2 + guess).int(), minlength=4).reshape(2, 2)\ndef precision(m):\n    tn, fp, fn, tp = m.flatten().tolist()\n    return tp / (tp + fp) if tp + fp else 0.0\ndef recall(m):\n    (tn, fp), (fn, tp) = m.tolist()\n    return 0.0 if fn + tp == 0 else tp / (fn + tp)',
        ],
        "wrong": [
            (COUNT.replace("m[int(a), int(b)]", "m[int(b), int(a)]") + RATES, "échangées"),
            (COUNT + RATES.replace("m[0, 1]", "m[X]").replace("m[1, 0]", "m[0, 1]").replace("m[X]", "m[1, 0]"), "échangés"),
            (COUNT + "def precision(m):\n    return (m[1, 1] / m[:, 1].sum()).item()\ndef recall(m):\n    return (m[1, 1] / m[1].sum()).item()", "dénominateur"),
            (COUNT.replace("    return m\n", "    return m / len(y)\n") + RATES, r"\[\[4, 2\], \[3, 1\]\]"),
            ("def confusion(y, guess):\n    return (2 * y.long() + guess.long()).bincount().view(-1, 2)\n" + RATES, "cas absents"),
            (COUNT + RATES.replace("m[0, 1] + m[1, 1]", "m.sum()"), "precision vaut"),
            (COUNT + 'def precision(m):\n    return m[1, 1].item() / (m[0, 1] + m[1, 1]).item()\ndef recall(m):\n    return m[1, 1].item() / (m[1, 0] + m[1, 1]).item()', 'division par zéro'),
        ],
    },
    "ex-entrainement-sur": {
        "right": [
            CURVES + REGRET,
            CURVES.replace("append(loss_fn(model(x_train), y_train))", "append(float(loss_fn(model(x_train), y_train)))") + "\nimport numpy as np\n\ndef regret(val):\n    return np.array(val)[-1] / np.array(val).min()",
            "def curves(model, epochs):\n    from torch.utils.data import DataLoader, TensorDataset\n    f, o = nn.MSELoss(), torch.optim.Adam(model.parameters(), 1e-2)\n    out = []\n"
            "    for _ in range(epochs):\n        model.train()\n        for a, b in DataLoader(TensorDataset(x_train, y_train), 20, shuffle=True):\n            o.zero_grad(); f(model(a), b).backward(); o.step()\n"
            "        model.eval()\n        with torch.no_grad():\n            out.append((f(model(x_train), y_train).item(), f(model(x_val), y_val).item()))\n    return zip(*out)\n"
            .replace("return zip(*out)", "return [list(v) for v in zip(*out)]") + REGRET,
        ],
        "wrong": [
            (CURVES.replace("        optimizer.zero_grad()\n", "") + REGRET, "zero_grad"),
            (CURVES.replace("        model.eval()\n", "") + REGRET, "tremble"),
            (CURVES.replace("        with torch.no_grad():", "        if True:") + REGRET, "graphe"),
            (CURVES.replace("train.append(loss_fn(model(x_train), y_train))", "train.append(loss.item())") + REGRET, "elle aussi"),
            (CURVES.replace("model(x_val), y_val", "model(x_train), y_train") + REGRET, "sur x_val"),
            (CURVES.replace("loss = loss_fn(model(x_train), y_train)", "loss = loss_fn(model(x_train), y_train) + loss_fn(model(x_val), y_val)") + REGRET, "participe"),
            (CURVES + "def regret(val):\n    return val[0] / min(val)", "regret"),
            (CURVES.replace("        model.train()\n", "") + REGRET, 'model\\.train\\(\\) manque'),
        ],
    },
    "ex-entrainement-six": {
        "right": [
            SIX,
            SIX.replace("{k: v.clone() for k, v in model.state_dict().items()}", "copy.deepcopy(model.state_dict())").replace("model.zero_grad()", "optimizer.zero_grad(set_to_none=False)"),
            SIX.replace("    losses = []\n", "    total = 0.0\n").replace("        losses += [loss.item()] * len(xb)\n    return sum(losses) / len(losses)", "        total += loss.item() * len(xb)\n    return total / len(batches.dataset)"),
        ],
        "wrong": [
            (SIX.replace("x_train.mean(0), x_train.std(0, correction=0)", "torch.cat([x_train, x_val]).mean(0), x_train.std(0)"), "prepare"),
            (SIX.replace("nn.Linear(32, classes))", "nn.Linear(32, classes), nn.Softmax(dim=1))"), "build"),
            (SIX.replace("        model.zero_grad()\n", ""), "train_epoch.*gradient"),
            (SIX.replace("[loss.item()] * len(xb)", "[loss.item()]"), "train_epoch.*petit lot"),
            (SIX.replace("    model.eval()\n", ""), "evaluate"),
            (SIX.replace("{k: v.clone() for k, v in model.state_dict().items()}", "model.state_dict()"), "fit"),
            (SIX.replace("nn.Dropout(0.5), ", ""), "pas un défaut"),
            (SIX.replace("    losses = []\n", "    total = 0.0\n").replace("        losses += [loss.item()] * len(xb)\n    return sum(losses) / len(losses)", "        total += loss.item()\n    return total / len(batches)"), 'petit lot'),
        ],
    },
}  # fmt: skip
