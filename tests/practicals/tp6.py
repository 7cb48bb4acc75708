"""TP 6: other right answers, and typical wrong ones with what the check must say."""

ACC = "\ndef accuracy(model, x, y):\n    with torch.no_grad():\n        return (model(x).argmax(1) == y).float().mean()\n"
SCALED = "\ndef scaled(x_train, x_test):\n    m, s = x_train.mean(0), x_train.std(0)\n    return (x_train - m) / s, (x_test - m) / s\n"

FIT = """
def fit_predict(x_train, y_train, x_test):
    mx, sx = x_train.mean({dim}), x_train.std({dim})
    my, sy = y_train.mean(), y_train.std()
    model = train((x_train - mx) / sx, {target})
    with torch.no_grad():
        z = model({test})
    return {back}
"""
GOOD_FIT = {"dim": "0", "target": "(y_train - my) / sy", "test": "(x_test - mx) / sx", "back": "z * sy + my"}

HESSIAN = "\ndef hessian(x):\n    a = torch.cat([x, torch.ones(len(x), 1).to(x)], 1)\n    return 2 / len(x) * a.T @ a\n"
STEP = "\ndef largest_step(x):\n    return 2 / torch.linalg.eigvalsh(hessian(x))[-1].item()\n"
CONDITION = "\ndef condition(x):\n    return torch.linalg.cond(hessian(x)).item()\n"

ROBUST = """
class Robust:
    def fit(self, x):
        self.m = x.quantile(0.5, dim=0)
        self.s = x.quantile(0.75, dim=0) - x.quantile(0.25, dim=0)
        self.s = torch.where(self.s == 0, 1.0, self.s)
        return self
    def transform(self, x):
        return (x - self.m) / self.s
    def inverse(self, z):
        return self.s * z + self.m
"""

ANSWERS = {
    "ex-standardisation-wine": {
        "right": [
            SCALED + ACC,
            "from sklearn.preprocessing import StandardScaler\n\ndef scaled(x_train, x_test):\n    s = StandardScaler().fit(x_train.numpy())\n"
            "    return torch.tensor(s.transform(x_train.numpy())), torch.tensor(s.transform(x_test.numpy()))\n"
            "def accuracy(model, x, y):\n    return sum(int(a == b) for a, b in zip(model(x).argmax(-1), y)) / len(y)",
            "def scaled(x_train, x_test):\n    m, s = x_train.mean(0, keepdim=True), x_train.std(0, keepdim=True, correction=0)\n    return [v.sub(m).div(s) for v in (x_train, x_test)]\n"
            "def accuracy(model, x, y):\n    return 1 - (model(x).softmax(1).argmax(1) != y).double().mean().item()",
        ],
        "wrong": [
            ("def scaled(x_train, x_test):\n    return [(v - v.mean(0)) / v.std(0) for v in (x_train, x_test)]" + ACC, "réutilisez"),
            ("def scaled(x_train, x_test):\n    m, s = x_train.mean(), x_train.std()\n    return (x_train - m) / s, (x_test - m) / s" + ACC, "0 et 1 attendus"),
            ("def scaled(x_train, x_test):\n    a = torch.cat([x_train, x_test])\n    return (x_train - a.mean(0)) / a.std(0), (x_test - a.mean(0)) / a.std(0)" + ACC, "0 et 1 attendus|réutilisez"),
            (SCALED + "def accuracy(model, x, y):\n    return (model(x).argmax(dim=1) == y).sum().item()", "1 et 0 attendus"),
            (SCALED + "def accuracy(model, x, y):\n    print((model(x).argmax(dim=1) == y).float().mean())", "return"),
            (SCALED + "def accuracy(model, x, y):\n    return (model(x).max(dim=1).values.round() == y).float().mean().item()", "argmax"),
            ('def scaled(x_train, x_test):\n    m, s = x_train.mean(0), x_train.std(0)\n    x_train -= m\n    x_train /= s\n    x_test -= m\n    x_test /= s\n    return x_train, x_test' + ACC, "l'a modifié"),
        ],
    },
    "ex-standardisation-cible": {
        "right": [
            FIT.format(**GOOD_FIT),
            "from sklearn.preprocessing import StandardScaler\n\ndef fit_predict(x_train, y_train, x_test):\n    sx, sy = StandardScaler().fit(x_train.numpy()), StandardScaler().fit(y_train.numpy())\n"
            "    t = lambda s, v: torch.tensor(s.transform(v.numpy())).float()\n    model = train(t(sx, x_train), t(sy, y_train))\n    return torch.tensor(sy.inverse_transform(model(t(sx, x_test)).detach().numpy()))",
            FIT.format(**GOOD_FIT).replace(".std(0)", ".std(0, correction=0)").replace("with torch.no_grad():", "if True:"),
        ],
        "wrong": [
            (FIT.format(**{**GOOD_FIT, "back": "z"}), "unité d'origine"),
            (FIT.format(**{**GOOD_FIT, "back": "(z + my) * sy"}), "unité d'origine"),
            (FIT.format(**{**GOOD_FIT, "target": "y_train", "back": "z"}), "nan|la même partout"),
            (FIT.format(**{**GOOD_FIT, "test": "(x_test - x_test.mean(0)) / x_test.std(0)"}), "autres patients"),
            (FIT.format(**{**GOOD_FIT, "test": "x_test"}), "attendu"),
            (FIT.format(**{**GOOD_FIT, "back": "(z * sy + my).squeeze(1)"}), r"\(111, 1\) attendue"),
        ],
    },
    "ex-standardisation-pas": {
        "right": [
            HESSIAN + STEP + CONDITION,
            "def hessian(x):\n    a = torch.nn.functional.pad(x, (0, 1), value=1.0)\n    f = lambda w: (a @ w).square().mean()\n    return torch.autograd.functional.hessian(f, torch.zeros(a.shape[1], dtype=x.dtype))\n"
            "def largest_step(x):\n    return 2 / torch.linalg.matrix_norm(hessian(x), 2)\ndef condition(x):\n    v = torch.linalg.eigvals(hessian(x)).real\n    return v.max() / v.min()",
            "def hessian(x):\n    n = len(x)\n    a = torch.column_stack([x, torch.ones(n)])\n    return sum(2 * torch.outer(r, r) for r in a) / n\n" + STEP + CONDITION,
        ],
        "wrong": [
            ("def hessian(x):\n    return 2 / len(x) * x.T @ x\n" + STEP + CONDITION, r"\(3, 3\) attendue"),
            (HESSIAN.replace("2 / len(x) *", "1 / len(x) *") + STEP + CONDITION, r"0\.5 fois trop"),
            (HESSIAN.replace("2 / len(x) *", "2 *") + STEP + CONDITION, "4 fois trop"),
            (HESSIAN + "def largest_step(x):\n    return 1 / torch.linalg.eigvalsh(hessian(x)).max().item()\n" + CONDITION, "0.2222"),
            (HESSIAN + "def largest_step(x):\n    return 2 / torch.linalg.eigvalsh(hessian(x))[0].item()\n" + CONDITION, "0.2222"),
            (HESSIAN + STEP + "def condition(x):\n    v = torch.linalg.eigvalsh(hessian(x))\n    return (v.min() / v.max()).item()", "9 attendu"),
        ],
    },
    "ex-standardisation-robuste": {
        "right": [
            ROBUST,
            "import numpy as np\n\nclass Robust:\n    def fit(self, x):\n        low, self.m, high = (torch.tensor(v, dtype=x.dtype) for v in np.percentile(x.numpy(), [25, 50, 75], axis=0))\n"
            "        self.s = high - low\n        self.s[self.s == 0] = 1\n        return self\n    def transform(self, x): return (x - self.m) / self.s\n    def inverse(self, z): return z * self.s + self.m",
            "from sklearn.preprocessing import RobustScaler\n\nclass Robust:\n    def fit(self, x):\n        self.s = RobustScaler().fit(x.numpy())\n        return self\n"
            "    def transform(self, x): return torch.tensor(self.s.transform(x.numpy()))\n    def inverse(self, z): return torch.tensor(self.s.inverse_transform(z.numpy()))",
        ],
        "wrong": [
            (ROBUST.replace("x.quantile(0.5, dim=0)", "x.median(dim=0).values"), "torch.median"),
            (ROBUST.replace("        self.s = torch.where(self.s == 0, 1.0, self.s)\n", ""), "nan"),
            (ROBUST.replace("x.quantile(0.5, dim=0)", "x.mean(dim=0)"), "attendu"),
            (ROBUST.replace("x.quantile(0.75, dim=0) - x.quantile(0.25, dim=0)", "x.std(dim=0)"), "attendu"),
            (ROBUST.replace("self.s * z + self.m", "(z + self.m) * self.s"), "multipliez"),
            (ROBUST.replace("        return self\n", ""), "return self"),
            (ROBUST.replace("return (x - self.m)", "self.fit(x)\n        return (x - self.m)"), "attendu|exemple neuf"),
            (ROBUST.replace("torch.where(self.s == 0, 1.0, self.s)", "self.s.clamp(min=1.0)"), '0\\.1.*attendu'),
            (ROBUST.replace("torch.where(self.s == 0, 1.0, self.s)", "self.s + 1e-8"), 'un écart nul se remplace par 1'),
        ],
    },
}  # fmt: skip
