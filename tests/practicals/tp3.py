"""TP 3: other right answers, and typical wrong ones with what the check must say."""

FIT = """
def fit(x, y{more}):
    model = nn.Linear(1, 1)
    optimizer = torch.optim.{opt}
    for _ in range({epochs}):
        {zero}
        loss = {loss}
        loss.backward()
        optimizer.step()
    return {out}
"""


def fit(more="", opt="SGD(model.parameters(), lr=0.1)", epochs=500, zero="optimizer.zero_grad()", loss="((model(x) - y) ** 2).mean()",
        out="model.weight.item(), model.bias.item()") -> str:  # fmt: skip
    return FIT.format(more=more, opt=opt, epochs=epochs, zero=zero, loss=loss, out=out)


def robust(constants="c_mse, c_mae = 22, 3", **changed) -> str:
    return constants + "\n" + fit(**{"more": ", loss_fn", "epochs": 1500, "loss": "loss_fn(model(x), y)", **changed})


FLOOR = "\nfloor = 0.5514\n"
SURFACE = "def surface(a, b):\n    A, B = torch.meshgrid(a, b, indexing='ij')\n    return ((A[..., None] * x + B[..., None] - y) ** 2).mean(-1)\n"
TRAJECTORY = """
def trajectory(make, start, steps):
    w = torch.tensor(start, requires_grad=True)
    optimizer = make([w])
    points = [{point}]
    for _ in range(steps):
        {zero}
        loss_fn(w).backward()
        optimizer.step()
        points.append({point})
    return {out}
"""


def trajectory(point="w.detach().clone()", zero="optimizer.zero_grad()", out="torch.stack(points)") -> str:
    return SURFACE + TRAJECTORY.format(point=point, zero=zero, out=out)


OPTIMIZERS = """
class Momentum:
    def __init__(self, params, lr, momentum=0.9):
        self.params, self.lr, self.momentum = list(params), lr, momentum
        self.v = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self):
        for i, p in enumerate(self.params):
            self.v[i] = self.momentum * self.v[i] + p.grad
            p.sub_(self.lr * self.v[i])


class Adam:
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr = list(params), lr
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self):
        self.t += 1
        b1, b2 = self.betas
        for i, p in enumerate(self.params):
            g = p.grad
            self.m[i] = b1 * self.m[i] + (1 - b1) * g
            self.v[i] = b2 * self.v[i] + (1 - b2) * g**2
            m = self.m[i] / (1 - b1**self.t)
            v = self.v[i] / (1 - b2**self.t)
            p -= self.lr * m / (v.sqrt() + self.eps)
"""


def optimizers(*changes: tuple[str, str]) -> str:
    source = OPTIMIZERS
    for before, after in changes:
        assert before in source
        source = source.replace(before, after)
    return source


ANSWERS = {
    "ex-perte-droite": {
        "right": [
            fit(opt="Adam(model.parameters(), lr=0.05)", epochs=1000, loss="nn.functional.mse_loss(model(x), y)"),
            fit(zero="model.zero_grad()", out="[p.detach().squeeze() for p in model.parameters()]"),
            "def fit(x, y):\n    a, b = torch.zeros(2, requires_grad=True), None\n    for _ in range(800):\n        (a[0] * x + a[1] - y).square().mean().backward()\n"
            "        a = (a - 0.1 * a.grad).detach().requires_grad_()\n    return tuple(a.tolist())",
            'def fit(x, y):\n    m = nn.Linear(1, 1)\n    o = torch.optim.LBFGS(m.parameters(), max_iter=100)\n    def closure():\n        o.zero_grad()\n        l = nn.functional.mse_loss(m(x), y)\n        l.backward()\n        return l\n    for _ in range(5): o.step(closure)\n    return m.weight.item(), m.bias.item()',
        ],
        "wrong": [
            (fit(loss="((model(x).squeeze(1) - y) ** 2).mean()"), "droite est plate"),
            (fit(zero="pass"), "accumulent"),
            (fit(epochs=10), "trop peu d'époques"),
            (fit(out="model.bias.item(), model.weight.item()"), "échangés"),
            (fit(opt="SGD(model.parameters(), lr=3.0)"), "nan"),
            (fit().replace("return", "found ="), "return"),
            (fit(out="model"), 'un couple'),
            (fit(out="model.weight.item()"), 'un couple'),
        ],
    },
    "ex-perte-aberrantes": {
        "right": [
            robust(),
            robust("c_mse, c_mae = 22.0, torch.tensor([1, 2, 3, 4, 100]).median()", opt="Adam(model.parameters(), lr=0.02)", epochs=2000),
            robust("t = torch.tensor([1.0, 2, 3, 4, 100])\nc_mse, c_mae = t.mean().item(), t.median().item()", opt="SGD(model.parameters(), lr=0.02)", epochs=3000),
        ],
        "wrong": [
            (robust("c_mse, c_mae = 3, 22"), "c_mse vaut 3"),
            (robust("c_mse, c_mae = 22, 2.5"), "c_mae vaut 2.5"),
            (robust(loss="((model(x) - y) ** 2).mean()"), "loss_fn"),
            (robust(epochs=20), "convergé"),
            (robust(loss="loss_fn(model(x).squeeze(1), y)"), "convergé"),
            (robust(out="model"), 'un couple'),
        ],
    },
    "ex-perte-entropie": {
        "right": [
            "def cross_entropy(logits, targets):\n    return -logits.log_softmax(dim=1)[torch.arange(len(targets)), targets].mean()" + FLOOR,
            "def cross_entropy(logits, targets):\n    z = logits - logits.max(dim=1, keepdim=True).values\n    h = nn.functional.one_hot(targets, logits.shape[1])\n"
            "    return (z.exp().sum(1).log() - (z * h).sum(1)).mean().item()\nfloor = torch.tensor(0.5514)",
            "import math\n\ndef cross_entropy(logits, targets):\n    return sum(torch.logsumexp(s, 0) - s[t] for s, t in zip(logits.double(), targets)) / len(targets)\nfloor = math.log(1 + 2 / math.e)",
            'def cross_entropy(logits, targets):\n    return nn.functional.nll_loss(nn.functional.log_softmax(logits, dim=-1), targets)' + FLOOR,
            'import numpy as np\ndef cross_entropy(logits, targets):\n    a = logits.numpy().astype(float)\n    a = a - a.max(1, keepdims=True)\n    return float(np.mean(np.log(np.exp(a).sum(1)) - a[np.arange(len(a)), targets.numpy()]))' + FLOOR,
        ],
        "wrong": [
            ("def cross_entropy(logits, targets):\n    p = logits.exp() / logits.exp().sum(1, keepdim=True)\n    return -p[torch.arange(len(targets)), targets].log().mean()" + FLOOR, "exp déborde"),
            ("def cross_entropy(logits, targets):\n    return -logits.log_softmax(1)[torch.arange(len(targets)), targets].sum()" + FLOOR, "la somme"),
            ("def cross_entropy(logits, targets):\n    return -logits.log_softmax(0)[torch.arange(len(targets)), targets].mean()" + FLOOR, "attendu"),
            ("def cross_entropy(logits, targets):\n    return nn.CrossEntropyLoss()(logits.softmax(1), targets)" + FLOOR, "softmax deux fois"),
            ("def cross_entropy(logits, targets):\n    return logits.softmax(1)[torch.arange(len(targets)), targets].mean()" + FLOOR, "−log"),
            ("def cross_entropy(logits, targets):\n    return -logits.log_softmax(1)[:, targets].mean()" + FLOOR, "bonne classe"),
            ("def cross_entropy(logits, targets):\n    return nn.functional.cross_entropy(logits, targets)\nfloor = 0.0", "floor vaut"),
            ('def cross_entropy(logits, targets):\n    return nn.functional.cross_entropy(logits, targets)' + FLOOR, 'écrivez-la'),
            ('def cross_entropy(logits, targets):\n    return nn.CrossEntropyLoss()(logits, targets)' + FLOOR, 'écrivez-la'),
            ('def cross_entropy(logits, targets):\n    p = torch.softmax(logits, dim=1)\n    return -torch.log(p[torch.arange(len(targets)), targets] + 1e-9).mean()' + FLOOR, 'softmax tombe à 0'),
        ],
    },
    "ex-perte-surface": {
        "right": [
            trajectory(),
            trajectory(point="w.tolist()", out="torch.tensor(points)", zero="w.grad = None"),
            trajectory(out="points").replace(SURFACE, "def surface(a, b):\n    return (torch.outer(a, x)[:, None] + b[:, None] - y).square().mean(2)\n"),
            'def surface(a, b):\n    f = lambda i, j: loss_fn((i, j))\n    return torch.vmap(torch.vmap(f, (None, 0)), (0, None))(a, b)\n' + trajectory().replace(SURFACE, ""),
            'def surface(a, b):\n    A, B = a[:, None], b[None]\n    return A**2 * (x * x).mean() + B**2 + (y * y).mean() + 2 * A * B * x.mean() - 2 * A * (x * y).mean() - 2 * B * y.mean()\n' + trajectory().replace(SURFACE, ""),
            "def surface(a, b):\n    A, B = torch.meshgrid(a, b, indexing='ij')\n    return ((A[..., None] * x + B[..., None] - y) ** 2).mean(-1)\ndef trajectory(make, start, steps):\n    a, b = (nn.Parameter(torch.tensor(v)) for v in start)\n    o = make([a, b])\n    out = [(a.item(), b.item())]\n    for _ in range(steps):\n        o.zero_grad()\n        loss_fn((a, b)).backward()\n        o.step()\n        out.append((a.item(), b.item()))\n    return torch.tensor(out)",
        ],
        "wrong": [
            (trajectory(point="w.detach()"), "une copie"),
            (trajectory(zero="pass"), "zero_grad"),
            (trajectory(out="torch.stack(points[1:])"), r"\(6, 2\), \(7, 2\) attendue"),
            (trajectory().replace("'ij'", "'xy'"), r"\(2, 3\), \(3, 2\) attendue"),
            (trajectory().replace(".mean(-1)", ".sum(-1)"), "moyenne"),
            (trajectory().replace("    optimizer = make([w])\n", "").replace("        optimizer.zero_grad()", "        optimizer = make([w]); optimizer.zero_grad()"), "un seul optimiseur"),
            ('def surface(a, b):\n    return torch.stack([torch.stack([loss_fn((i, j)) for j in b]) for i in a])\n' + trajectory().replace(SURFACE, ""), 'boucle'),
            ('def surface(a, b):\n    return torch.stack([((i * x + b[:, None] - y) ** 2).mean(1) for i in a])\n' + trajectory().replace(SURFACE, ""), 'boucle'),
        ],
    },
    "ex-perte-optimiseurs": {
        "right": [
            optimizers(),
            optimizers(
                ("self.v[i] = self.momentum * self.v[i] + p.grad\n            p.sub_(self.lr * self.v[i])", "self.v[i] = self.momentum * self.v[i] + self.lr * p.grad\n            p.sub_(self.v[i])"),
                ("self.m[i] = b1 * self.m[i] + (1 - b1) * g", "self.m[i].mul_(b1).add_(g, alpha=1 - b1)"),
                ("self.v[i] = b2 * self.v[i] + (1 - b2) * g**2", "self.v[i].mul_(b2).addcmul_(g, g, value=1 - b2)"),
                ("p -= self.lr * m / (v.sqrt() + self.eps)", "p.addcdiv_(m, v.sqrt() + self.eps, value=-self.lr)"),
            ),
            optimizers(("p.sub_(self.lr * self.v[i])", "p.data = p.data - self.lr * self.v[i]"), ("p -= self.lr * m", "p.data -= self.lr * m")),
        ],
        "wrong": [
            (optimizers(("p.sub_(self.lr * self.v[i])", "p = p - self.lr * self.v[i]")), "Momentum.*n'a bougé"),
            (optimizers(("self.v[i] = self.momentum * self.v[i] + p.grad", "v = p.grad"), ("p.sub_(self.lr * self.v[i])", "p.sub_(self.lr * v)")), "gardé d'un pas à l'autre"),
            (optimizers(("+ p.grad", "+ (1 - self.momentum) * p.grad")), "Momentum : après 1 pas"),
            (optimizers(("m = self.m[i] / (1 - b1**self.t)", "m = self.m[i]"), ("v = self.v[i] / (1 - b2**self.t)", "v = self.v[i]")), "Adam.*deux corrections"),
            (optimizers(("(v.sqrt() + self.eps)", "(v + self.eps).sqrt()")), "hors de la racine"),
            (optimizers(("(1 - b2) * g**2", "(1 - b2) * g")), "Adam : après"),
            (optimizers(("        self.t += 1\n", "        self.t = 1\n")), "Adam : après 2 pas"),
        ],
    },
}  # fmt: skip
