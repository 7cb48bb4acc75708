"""TP 1: other right answers, and typical wrong ones with what the check must say."""

VIEWS = {
    "x.T": True, "x[1]": True, "x[:, ::2]": True, "x[[0, 2]]": False, "x[x > 5]": False, "x.reshape(4, 3)": True,
    "x.T.reshape(12)": False, "x + 0": False, "x.clone()": False, "x.unsqueeze(0)": True,
}  # fmt: skip

ANSWERS = {
    "ex-tenseurs-centrer": {
        "right": [
            "def standardize(x):\n    mean, std = x.mean(0, keepdim=True), x.std(0, keepdim=True, correction=0)\n    return x.sub(mean).div(std)",
            "def standardize(x):\n    z = x.clone()\n    z -= z.mean(dim=0)\n    z /= z.std(dim=0)\n    return z",
            "from sklearn.preprocessing import StandardScaler\n\ndef standardize(x):\n    return torch.tensor(StandardScaler().fit_transform(x.numpy()))",
            "def standardize(x):\n    x = x.double()\n    m = x.sum(0) / len(x)\n    return (x - m) / ((x - m) ** 2).mean(0).sqrt()",
            'def standardize(x):\n    return torch.nn.functional.batch_norm(x, None, None, training=True)',
            'def standardize(x):\n    return torch.vmap(lambda c: (c - c.mean()) / c.std(), in_dims=1, out_dims=1)(x)',
        ],
        "wrong": [
            ("def standardize(x):\n    return (x - x.mean()) / x.std()", "moyennes des colonnes"),
            ("def standardize(x):\n    return (x - x.mean(dim=0)) / x.var(dim=0)", "variance"),
            ("def standardize(x):\n    x -= x.mean(dim=0)\n    x /= x.std(dim=0)\n    return x", "modifié x"),
            ("def standardize(x):\n    return (x - x.mean(dim=1, keepdim=True)) / x.std(dim=1, keepdim=True)", "bonne dimension"),
            ("def standardize(x):\n    print((x - x.mean(dim=0)) / x.std(dim=0))", "return"),
            ("def standardize(x):\n    return x - x.mean(dim=0)", "écarts-types"),
            ('def standardize(x):\n    out = x.clone()\n    for j in range(x.shape[1]):\n        out[:, j] = (x[:, j] - x[:, j].mean()) / x[:, j].std()\n    return out', 'boucle'),
            ('def standardize(x):\n    return torch.stack([(c - c.mean()) / c.std() for c in x.T], dim=1)', 'boucle'),
            ('def standardize(x):\n    a = x.numpy()\n    return (a - a.mean(axis=0)) / a.std(axis=0)', 'rendez un tenseur'),
        ],
    },
    "ex-tenseurs-distances": {
        "right": [
            "def distances(a, b):\n    return (a[:, None, :] - b[None, :, :]).norm(dim=2)",
            "def distances(a, b):\n    s = (a**2).sum(1, keepdim=True) + (b**2).sum(1) - 2 * a @ b.T\n    return s.clamp(min=0).sqrt()",
            "def distances(a, b):\n    return torch.linalg.vector_norm(a.double()[:, None] - b.double(), dim=-1)",
            "def distances(a, b):\n    d = a[:, None] - b\n    return torch.einsum('ijk,ijk->ij', d, d).sqrt()",
            'import numpy as np\ndef distances(a, b):\n    a, b = a.numpy(), b.numpy()\n    return torch.tensor(np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=-1)))',
            'def distances(a, b):\n    one = lambda p: torch.linalg.norm(b - p, dim=1)\n    return torch.vmap(one)(a)',
        ],
        "wrong": [
            ("def distances(a, b):\n    return ((a.unsqueeze(1) - b) ** 2).sum(-1)", "racine"),
            ("def distances(a, b):\n    return ((b.unsqueeze(1) - a) ** 2).sum(-1).sqrt()", r"\(4, 2\), \(2, 4\) attendue"),
            ("def distances(a, b):\n    return (a.unsqueeze(1) - b).abs().sum(-1)", "est 5"),
            ("def distances(a, b):\n    ((a.unsqueeze(1) - b) ** 2).sum(-1).sqrt()", "return"),
            ("def distances(a, b):\n    return ((a.unsqueeze(1) - b) ** 2).sqrt()", r"\(2, 4, 3\)"),
            ('def distances(a, b):\n    return torch.cdist(a, b)', 'fait tout le travail'),
            ('def distances(a, b):\n    out = torch.zeros(len(a), len(b))\n    for i in range(len(a)):\n        for j in range(len(b)):\n            out[i, j] = ((a[i] - b[j]) ** 2).sum().sqrt()\n    return out', 'boucle'),
            ('def distances(a, b):\n    return torch.stack([(b - p).norm(dim=1) for p in a])', 'boucle'),
        ],
    },
    "ex-tenseurs-vues": {
        "right": [
            f"shared = {VIEWS!r}\ncolumn = x[:, 0] + 0",
            f"shared = {({k: int(v) for k, v in VIEWS.items()})!r}\ncolumn = torch.tensor(x[:, 0].tolist())",
            "names = ['x.T', 'x[1]', 'x[:, ::2]', 'x[[0, 2]]', 'x[x > 5]', 'x.reshape(4, 3)', 'x.T.reshape(12)', 'x + 0', 'x.clone()', 'x.unsqueeze(0)']\n"
            "shared = {e: eval(e).untyped_storage().data_ptr() == x.untyped_storage().data_ptr() for e in names}\ncolumn = x[:, 0].clone()",
        ],
        "wrong": [
            (f"shared = {({**VIEWS, 'x.T.reshape(12)': True})!r}\ncolumn = x[:, 0].clone()", r"9 réponses.*x\.T\.reshape\(12\)"),
            (f"shared = {({**VIEWS, 'x[[0, 2]]': True, 'x[x > 5]': True})!r}\ncolumn = x[:, 0].clone()", r"8 réponses.*\[\[0, 2\]\]"),
            (f"shared = {VIEWS!r}\ncolumn = x[:, 0]", "est une vue"),
            (f"shared = {VIEWS!r}\ncolumn = x[0].clone()", r"\[0.0, 4.0, 8.0\] attendu"),
        ],
    },
    "ex-tenseurs-classes": {
        "right": [
            "def class_means(x, y, k):\n    h = torch.nn.functional.one_hot(y, k).to(x.dtype)\n    return (h.T @ x) / h.sum(0)[:, None]",
            "def class_means(x, y, k):\n    s = torch.zeros(k, x.shape[1], dtype=x.dtype).index_add_(0, y, x)\n    return s / torch.bincount(y, minlength=k)[:, None]",
            "def class_means(x, y, k):\n    w = (torch.arange(k)[:, None] == y).double()\n    return (w / w.sum(1, keepdim=True)) @ x.double()",
            "def class_means(x, y, k):\n    out = torch.zeros(k, x.shape[1], dtype=x.dtype)\n    return out.scatter_reduce(0, y[:, None].expand_as(x), x, 'mean', include_self=False)",
            'def class_means(x, y, k):\n    h = torch.nn.functional.one_hot(y, k).float()\n    return h.T @ x / h.sum(0)[:, None]',
            'def class_means(x, y, k):\n    h = torch.eye(k)[y]\n    return (h.T @ x) / h.sum(dim=0, keepdim=True).T',
            'def class_means(x, y, k):\n    s = torch.zeros(k, x.shape[1])\n    s.index_add_(0, y, x)\n    return s / y.bincount().unsqueeze(1)',
            'import numpy as np\ndef class_means(x, y, k):\n    s = np.zeros((k, x.shape[1]))\n    np.add.at(s, y.numpy(), x.numpy())\n    return torch.tensor(s / np.bincount(y.numpy(), minlength=k)[:, None])',
        ],
        "wrong": [
            ("def class_means(x, y, k):\n    h = torch.nn.functional.one_hot(y, k).to(x.dtype)\n    return h.T @ x", "sommes par classe"),
            ("def class_means(x, y, k):\n    h = torch.nn.functional.one_hot(y, k).to(x.dtype)\n    return (h.T @ x) / len(x)", "effectif"),
            ("def class_means(x, y, k):\n    h = torch.nn.functional.one_hot(y, k).to(x.dtype)\n    return ((h.T @ x) / h.sum(0)[:, None]).T", r"\(2, 3\), \(3, 2\) attendue"),
            ("def class_means(x, y, k):\n    return torch.stack([x[i::k].mean(0) for i in range(k)])", "attendu"),
            ('def class_means(x, y, k):\n    return torch.stack([x[y == c].mean(dim=0) for c in range(k)])', 'boucle'),
            ('def class_means(x, y, k):\n    s, n = torch.zeros(k, x.shape[1]), torch.zeros(k, 1)\n    for xi, yi in zip(x, y):\n        s[yi] += xi\n        n[yi] += 1\n    return s / n', 'boucle'),
        ],
    },
    "ex-tenseurs-voisins": {
        "right": [
            "def knn(x_train, y_train, x_test, k):\n    d = ((x_test[:, None] - x_train[None]) ** 2).sum(-1)\n    near = d.argsort(dim=1)[:, :k]\n    return y_train[near].mode(dim=1).values",
            "def knn(x_train, y_train, x_test, k):\n    near = (-torch.cdist(x_test, x_train)).topk(k).indices\n    votes = torch.nn.functional.one_hot(y_train[near], int(y_train.max()) + 1).sum(1)\n    return votes.argmax(1)",
            "from sklearn.neighbors import KNeighborsClassifier\n\ndef knn(x_train, y_train, x_test, k):\n    model = KNeighborsClassifier(k).fit(x_train.numpy(), y_train.numpy())\n    return torch.tensor(model.predict(x_test.numpy()))",
            'import numpy as np\ndef knn(x_train, y_train, x_test, k):\n    d = torch.cdist(x_test, x_train).numpy()\n    near = np.argpartition(d, k - 1, axis=1)[:, :k]\n    return torch.mode(y_train[torch.from_numpy(near)], dim=-1)[0]',
            'def knn(x_train, y_train, x_test, k):\n    near = y_train[torch.cdist(x_test, x_train).argsort(1)[:, :k]]\n    votes = torch.zeros(len(x_test), int(y_train.max()) + 1)\n    votes.scatter_add_(1, near, torch.ones(near.shape))\n    return votes.argmax(1)',
        ],
        "wrong": [
            ("def knn(x_train, y_train, x_test, k):\n    return y_train[torch.cdist(x_test, x_train).topk(k).indices].mode(1).values", "plus petites distances"),
            ("def knn(x_train, y_train, x_test, k):\n    return torch.cdist(x_test, x_train).topk(k, largest=False).indices.mode(1).values", "position de voisin"),
            ("def knn(x_train, y_train, x_test, k):\n    return y_train[torch.cdist(x_test, x_train).topk(k, largest=False).indices]", "une seule réponse"),
            ("def knn(x_train, y_train, x_test, k):\n    return y_train[torch.cdist(x_test, x_train).argmin(1)]", "k = 6"),
            ("def knn(x_train, y_train, x_test, k):\n    return y_train[torch.cdist(x_train, x_test).topk(min(k, 4), largest=False).indices].mode(1).values", "attendue"),
            ('def knn(x_train, y_train, x_test, k):\n    out = []\n    for p in x_test:\n        d = ((x_train - p) ** 2).sum(1)\n        out.append(y_train[d.topk(k, largest=False).indices].mode().values)\n    return torch.stack(out)', 'boucle'),
            ('def knn(x_train, y_train, x_test, k):\n    return y_train[torch.cdist(x_test, x_train).topk(5, largest=False).indices].mode(1).values', "et k d'entre elles"),
        ],
    },
}  # fmt: skip
