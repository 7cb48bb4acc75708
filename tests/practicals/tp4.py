"""TP 4: other right answers, and typical wrong ones with what the check must say."""

TRAIN = """
def train(x, y, epochs=1000):
    x = torch.cat([torch.ones(len(x), 1), x], dim=1)
    w, history = torch.zeros(x.shape[1]), []
    for _ in range(epochs):
        errors = 0
        for i in range(len(x)):
            if y[i] * (x[i] @ w) <= 0:
                w = w + y[i] * x[i]
                errors += 1
        history.append(errors)
        if errors == 0:
            break
    return w, history
"""
MARGIN = """
def margin(u, x1, y):
    return min(yi * (u @ xi) for xi, yi in zip(x1, y)) / torch.linalg.vector_norm(u)

def bound(u, x1, y):
    return (x1.pow(2).sum(1).max() / margin(u, x1, y) ** 2).item()

def count(x1, y):
    w, total = torch.zeros(3), 0
    for _ in range(10000):
        before = total
        for xi, yi in zip(x1, y):
            if yi * torch.dot(w, xi) <= 0:
                w = w + yi * xi
                total += 1
        if total == before:
            return total
"""
POCKET = """
def period(x1, y):
    w, seen = torch.zeros(x1.shape[1]), []
    while not any(torch.equal(w, v) for v in seen):
        seen.append(w)
        w = tour(w, x1, y)
    first = [torch.equal(w, v) for v in seen].index(True)
    return len(seen) - first

def pocket(x1, y, epochs):
    w, found = torch.zeros(x1.shape[1]), []
    for _ in range(epochs):
        w = tour(w, x1, y)
        found.append((int((y * (x1 @ w) <= 0).sum()), w))
    errors, best = min(found, key=lambda pair: pair[0])
    return best, errors
"""


def changed(source: str, *changes: tuple[str, str]) -> str:
    for before, after in changes:
        assert before in source, before
        source = source.replace(before, after)
    return source


ANSWERS = {
    "ex-perceptron-rosenblatt": {
        "right": [
            TRAIN,
            changed(TRAIN, ("w = w + y[i] * x[i]", "w = w + 0.5 * y[i] * x[i]"), ("return w, history", "return w.tolist(), torch.tensor(history)")),
            "def train(x, y, epochs=1000):\n    b, w, history = 0.0, torch.zeros(x.shape[1]), []\n    while len(history) < epochs and (not history or history[-1]):\n"
            "        history.append(0)\n        for xi, yi in zip(x, y):\n            if yi * (b + w @ xi) <= 0:\n                b, w = b + yi, w + yi * xi\n                history[-1] += 1\n"
            "    return torch.cat([b.reshape(1), w]), history",
        ],
        "wrong": [
            (changed(TRAIN, ("<= 0", "< 0")), "aussi dans ce cas"),
            (changed(TRAIN, ("    x = torch.cat([torch.ones(len(x), 1), x], dim=1)\n", "")), r"\(2,\), \(3,\) attendue"),
            (changed(TRAIN, ("[torch.ones(len(x), 1), x]", "[x, torch.ones(len(x), 1)]")), "biais est-il en premier"),
            (changed(TRAIN, ("w + y[i]", "w - y[i]")), "le signe|sans correction"),
            (changed(TRAIN, ("        history.append(errors)\n", "        history.append(sum(history) + errors)\n")), "repart-il de 0|au lieu de 40|history"),
            (changed(TRAIN, ("        if errors == 0:\n            break\n", "")), "et lui seul"),
            (changed(TRAIN, ("return w, history", "return history, w")), "forme"),
            (changed(TRAIN, ("            break", "            break\n        break")), "classe mal"),
            ('def train(x, y, epochs=1000):\n    x = torch.cat([torch.ones(len(x), 1), x], dim=1)\n    w, history = torch.zeros(x.shape[1]), []\n    for _ in range(epochs):\n        bad = y * (x @ w) <= 0\n        history.append(int(bad.sum()))\n        if not bad.any(): break\n        w = w + (y[bad, None] * x[bad]).sum(0)\n    return w, history', "l'exemple suivant"),
            (changed(TRAIN, ("for i in range(len(x))", "for i in torch.randperm(len(x))")), "dans l'ordre|au lieu de 40"),
            (changed(TRAIN, ("return w, history", "return w, sum(history)")), 'un nombre par tour'),
            (changed(TRAIN, ("                errors += 1\n", "                errors += 1\n                break\n")), 'tous, et w'),
        ],
    },
    "ex-perceptron-marge": {
        "right": [
            MARGIN,
            changed(MARGIN, ("torch.dot(w, xi)", "(w * xi).sum()"), ("torch.zeros(3)", "0 * x1[0]"), ("(x1.pow(2).sum(1).max() / margin(u, x1, y) ** 2).item()", "max(v @ v for v in x1) / margin(u, x1, y).square()")),
            "def margin(u, x1, y):\n    u = u / u.norm()\n    return (y * (x1 @ u)).min().item()\n\ndef bound(u, x1, y):\n    return x1.norm(dim=1).max().item() ** 2 / margin(u, x1, y) ** 2\n"
            + MARGIN[MARGIN.index("\ndef count"):],
        ],
        "wrong": [
            (changed(MARGIN, (" / torch.linalg.vector_norm(u)", "")), "divisez par la norme"),
            (changed(MARGIN, ("yi * (u @ xi) for", "(u @ xi).abs() for")), "valeur absolue"),
            (changed(MARGIN, ("x1.pow(2)", "x1[:, 1:].pow(2)")), "la colonne de 1"),
            (changed(MARGIN, ("margin(u, x1, y) ** 2", "margin(u, x1, y)")), "bound rend"),
            (changed(MARGIN, ("<= 0", "< 0")), "score nul"),
            (changed(MARGIN, ("before = total", "total = before = 0")), "tous les tours|aucune correction"),
            (changed(MARGIN, ("            return total", "            return _ + 1")), "18 attendues"),
        ],
    },
    "ex-perceptron-poche": {
        "right": [
            POCKET,
            changed(POCKET, ("return best, errors", "return best.tolist(), torch.tensor(errors)")),
            "def period(x1, y):\n    seen, w, n = {}, x1[0] * 0, 0\n    while str(w) not in seen:\n        seen[str(w)] = n\n        w, n = tour(w, x1, y), n + 1\n    return torch.tensor(n - seen[str(w)])\n\n"
            "def pocket(x1, y, epochs):\n    w, best, few = x1[0] * 0, None, float('inf')\n    for _ in range(epochs):\n        w = tour(w, x1, y)\n        e = len(y) - (y * (x1 @ w) > 0).sum()\n"
            "        if e <= few:\n            best, few = w, e\n    return best, few",
            'def period(x1, y):\n    w = torch.zeros(x1.shape[1])\n    slow, fast = tour(w, x1, y), tour(tour(w, x1, y), x1, y)\n    while not torch.equal(slow, fast):\n        slow, fast = tour(slow, x1, y), tour(tour(fast, x1, y), x1, y)\n    n, v = 1, tour(slow, x1, y)\n    while not torch.equal(v, slow):\n        n, v = n + 1, tour(v, x1, y)\n    return n\n' + POCKET[POCKET.index('def pocket'):],
        ],
        "wrong": [
            (changed(POCKET, ("return len(seen) - first", "return len(seen)")), "depuis le premier passage"),
            (changed(POCKET, ("return best, errors", "return w, errors")), "de ce tour-là"),
            (changed(POCKET, ("return best, errors", "return found[-1][1], found[-1][0]")), "minimum sur tous les tours"),
            (changed(POCKET, ("found.append((int((y * (x1 @ w) <= 0).sum()), w))", "found.append((int((y * (x1 @ w) <= 0).sum()), w))\n        w = min(found, key=lambda pair: pair[0])[1]")), "repartir de la poche"),
            (changed(POCKET, ("    return len(seen) - first", "    print(len(seen) - first)")), "period ne rend rien"),
            (changed(POCKET, ("errors, best = min(", "errors, best = max(")), "minimum"),
            (changed(POCKET, ("(y * (x1 @ w) <= 0).sum()", "(y * (x1 @ w) < 0).sum()")), 'score nul'),
            (changed(POCKET, ("for _ in range(epochs):", "for _ in range(epochs - 1 or 1):")), 'minimum|poids en font|repartir'),
        ],
    },
}  # fmt: skip
