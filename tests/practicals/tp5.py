"""TP 5: other right answers, and typical wrong ones with what the check must say."""

PAPER = "a = [3, -2]\nz = [3, -1]\ny_pred = 10\ndelta3 = 4\ndelta = [8, -6]\ndW2 = [12, -4]\ndW1 = [[8, 16], [-6, -12]]\n"
BACK = """
def backward(x, y, W1, b1, W2, b2):
    z = torch.tanh(x @ W1.T + b1)
    d2 = 2 / y.numel() * (z @ W2.T + b2 - y)
    d1 = d2 @ W2 * (1 - z * z)
    return d1.T @ x, d1.sum(0), d2.T @ z, d2.sum(0)
"""
BUILD = "\ndef build():\n    return nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))\n"
FIT = """
def fit(model, x, y, epochs=200):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(epochs):
        loss = nn.functional.binary_cross_entropy_with_logits(model(x), y.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model
"""
REGION = "\ndef region(model, t):\n    with torch.no_grad():\n        return (model(torch.cartesian_prod(t, t)) > 0).view(len(t), -1)\n"
MOONS = BUILD + FIT + REGION
SUCCESS = """
def success(width, activation, seeds=20):
    wins = []
    for seed in range(seeds):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(2, width), activation(), nn.Linear(width, 1))
        fit_xor(model)
        wins.append(bool(((model(x_xor) > 0) == (y_xor == 1)).all()))
    return sum(wins) / len(wins)
"""
NORMS = """
def gradient_norms(model, x, y):
    layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
    loss = nn.MSELoss()(model(x), y)
    return [g.norm() for g in torch.autograd.grad(loss, [m.weight for m in layers])]
"""
INITS = """
def init(model, variance):
    for m in model.modules():
        if isinstance(m, nn.Linear):
            nn.init.normal_(m.weight, std=variance(m) ** 0.5)
            nn.init.zeros_(m.bias)
def init_he(model):
    init(model, lambda m: 2 / m.in_features)
def init_xavier(model):
    init(model, lambda m: 2 / (m.in_features + m.out_features))
"""
LOOP = """
def gradient_norms(model, x, y):
    nn.MSELoss()(model(x), y).backward()
    norms = [p.grad.norm().item() for p in model.parameters() if p.dim() == 2]
    return norms
"""
DEAD = """
def dead_share(model, x):
    shares = []
    for layer in model:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            shares.append((x.max(0).values <= 0).double().mean())
    return shares
"""
REVIVE = """
def revive(model, x):
    with torch.no_grad():
        for k in range(len(model[0].bias)):
            a = model[0](x)[:, k]
            if (a <= 0).all():
                model[0].bias[k] -= a.max() - 0.1
                model[2].weight[:, k].zero_()
"""
HOOKS = """
def dead_share(model, x):
    found = []
    hooks = [m.register_forward_hook(lambda m, i, o: found.append((o == 0).all(0).float().mean().item())) for m in model if isinstance(m, nn.ReLU)]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return found
"""
SAVE = "\ndef save(model, path):\n    torch.save(model.state_dict(), path)\n"
LOAD = "\ndef load(path):\n    model = build()\n    model.load_state_dict(torch.load(path, map_location='cpu'))\n    model.eval()\n    return model\n"
CHECKPOINT = """
def checkpoint(model, optimizer, path):
    torch.save([model.state_dict(), optimizer.state_dict(), torch.get_rng_state()], path)
def resume(path):
    model, optimizer = start()
    weights, memory, state = torch.load(path)
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    torch.random.set_rng_state(state)
    return model, optimizer
"""


def changed(source: str, *changes: tuple[str, str]) -> str:
    for before, after in changes:
        assert before in source, before
        source = source.replace(before, after)
    return source


ANSWERS = {
    "ex-mlp-papier": {
        "right": [
            PAPER,
            "import numpy as np\nfrom torch.nn.functional import leaky_relu\n\nx = torch.tensor([1.0, 2.0])\nW1 = torch.tensor([[2.0, 1], [1, -1]], requires_grad=True)\n"
            "W2 = torch.tensor([2.0, -3.0], requires_grad=True)\na = W1 @ x - 1\nz = leaky_relu(a, 0.5)\na.retain_grad()\ny_pred = W2 @ z + 1\n"
            "((y_pred - 8) ** 2).backward()\ndelta3 = 2 * (y_pred - 8)\ndelta, dW1, dW2 = a.grad, W1.grad, W2.grad\na = np.array([3.0, -2.0])",
            changed(PAPER, ("y_pred = 10", "y_pred = torch.tensor([[10.0]])"), ("dW2 = [12, -4]", "dW2 = (12.0, -4.0)")),
        ],
        "wrong": [
            (changed(PAPER, ("z = [3, -1]", "z = [3, 0]")), "à fuite"),
            (changed(PAPER, ("y_pred = 10", "y_pred = 9")), "b2"),
            (changed(PAPER, ("delta3 = 4", "delta3 = 2")), "facteur 2"),
            (changed(PAPER, ("delta3 = 4", "delta3 = -4")), "signe"),
            (changed(PAPER, ("delta = [8, -6]", "delta = [8, -12]")), "pente"),
            (changed(PAPER, ("[[8, 16], [-6, -12]]", "[[8, -6], [16, -12]]")), "transposée"),
            (changed(PAPER, ("[[8, 16], [-6, -12]]", "[8, 16, -6, -12]")), "forme"),
            (changed(PAPER, ("a = [3, -2]", "a = [3]")), "a vaut"),
        ],
    },
    "ex-mlp-matrices": {
        "right": [
            BACK,
            "def backward(x, y, W1, b1, W2, b2):\n    z = (x @ W1.T + b1).tanh()\n    g = 2 * (z @ W2.T + b2 - y) / (y.shape[0] * y.shape[1])\n"
            "    h = torch.einsum('nk,kj->nj', g, W2) / (x @ W1.T + b1).cosh() ** 2\n"
            "    return [torch.einsum('nj,ni->ji', h, x), h.sum(0), torch.einsum('nk,nj->kj', g, z), torch.ones(len(y)).double() @ g]",
            "def backward(x, y, W1, b1, W2, b2):\n    total = [torch.zeros_like(p) for p in (W1, b1, W2, b2)]\n    for xi, yi in zip(x, y):\n        z = torch.tanh(W1 @ xi + b1)\n        d2 = 2 * (W2 @ z + b2 - yi) / y.numel()\n"
            "        d1 = W2.T @ d2 * (1 - z**2)\n        for t, g in zip(total, (torch.outer(d1, xi), d1, torch.outer(d2, z), d2)):\n            t += g\n    return tuple(total)",
        ],
        "wrong": [
            (changed(BACK, ("* (1 - z * z)", "")), "1 - z²"),
            (changed(BACK, ("2 / y.numel()", "1 / y.numel()")), "0.5 fois trop"),
            (changed(BACK, ("2 / y.numel()", "2 / len(y)")), "3 fois trop|sur toutes"),
            (changed(BACK, ("2 / y.numel() * (z @ W2.T + b2 - y)", "2 / y.numel() * (y - z @ W2.T - b2)")), "signe inverse"),
            (changed(BACK, ("d1.T @ x", "x.T @ d1")), "forme"),
            (changed(BACK, ("d2.sum(0)\n", "d2.mean(0)\n")), "db2"),
            ("def backward(x, y, *params):\n    params = [p.clone().requires_grad_() for p in params]\n    z = torch.tanh(x @ params[0].T + params[1])\n"
             "    ((z @ params[2].T + params[3] - y) ** 2).mean().backward()\n    return [p.grad for p in params]", "pas permis"),
            ('def backward(x, y, W1, b1, W2, b2):\n    with torch.enable_grad():\n        ps = [p.clone().requires_grad_() for p in (W1, b1, W2, b2)]\n        z = torch.tanh(x @ ps[0].T + ps[1])\n        l = ((z @ ps[2].T + ps[3] - y) ** 2).mean()\n        return torch.autograd.grad(l, ps)', "pas permis"),
            ('def backward(x, y, W1, b1, W2, b2):\n    f = lambda W1, b1, W2, b2: ((torch.tanh(x @ W1.T + b1) @ W2.T + b2 - y) ** 2).mean()\n    return torch.func.grad(f, argnums=(0, 1, 2, 3))(W1, b1, W2, b2)', "pas permis"),
        ],
    },
    "ex-mlp-croissants": {
        "right": [
            MOONS,
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a, self.b = nn.Linear(2, 16), nn.Linear(16, 1)\n    def forward(self, x):\n        return self.b(torch.tanh(self.a(x)))\n"
            "build = Net\n" + FIT + "\ndef region(model, t):\n    n = len(t)\n    u = t.repeat_interleave(n)\n    v = t.repeat(n)\n    p = torch.sigmoid(model(torch.stack([u, v], dim=1))).detach()\n    return p.reshape(n, n) > 0.5",
            BUILD + changed(FIT, ("model(x), y.unsqueeze(1)", "model(x)[:, 0], y")) + changed(REGION, ("torch.no_grad()", "torch.inference_mode()")),
            'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.out = nn.Linear(16, 1)\n        self.hidden = nn.Linear(2, 16)\n    def forward(self, x):\n        return self.out(self.hidden(x).tanh())\ndef build():\n    return Net()\n' + FIT + REGION,
        ],
        "wrong": [
            (changed(MOONS, ("nn.Linear(16, 1))", "nn.Linear(16, 1), nn.Sigmoid())")), "logit"),
            (changed(MOONS, (" nn.Tanh(),", "")), "linéaire"),
            (changed(MOONS, ("lr=0.05", "lr=0.001")), "0.050 attendu"),
            (changed(MOONS, ("        optimizer.step()\n", "")), r"step\(\)"),
            (changed(MOONS, ("(16, 1)", "(16, 2)"), ("y.unsqueeze(1)", "nn.functional.one_hot(y.long(), 2).float()")), "1 sortie"),
            (changed(MOONS, (".view(len(t), -1)", ".view(len(t), -1).T")), "transposée"),
            (changed(MOONS, ("> 0)", "> 0.5)")), "se compare à 0"),
            (changed(MOONS, ("> 0).view", ").view")), "booléens"),
            (changed(MOONS, (".view(len(t), -1)", "")), r"\(3, 3\) attendue"),
            (changed(MOONS, ("nn.Tanh()", "nn.ReLU()")), 'une tanh'),
            (changed(MOONS, ("nn.Tanh()", "nn.Sigmoid()")), 'une tanh'),
            (BUILD + FIT + '\ndef region(model, t):\n    out = torch.zeros(len(t), len(t), dtype=torch.bool)\n    with torch.no_grad():\n        for i, a in enumerate(t):\n            for j, b in enumerate(t):\n                out[i, j] = model(torch.stack([a, b])[None]).item() > 0\n    return out', 'boucle'),
        ],
    },
    "ex-mlp-graines": {
        "right": [
            SUCCESS,
            changed(SUCCESS, ("(model(x_xor) > 0) == (y_xor == 1)", "torch.sigmoid(model(x_xor)).round() == y_xor"), ("sum(wins) / len(wins)", "torch.tensor(wins).float().mean()")),
            "def one(seed, width, activation):\n    torch.manual_seed(seed)\n    hidden, out = nn.Linear(2, width), nn.Linear(width, 1)\n    model = nn.Sequential(hidden, activation(), out)\n    fit_xor(model)\n"
            "    return (model(x_xor).flatten() > 0).tolist() == [False, True, True, False]\n\ndef success(width, activation, seeds=20):\n    return sum(one(s, width, activation) for s in range(seeds)) / seeds",
            'class Net(nn.Module):\n    def __init__(self, width, activation):\n        super().__init__()\n        self.b = nn.Linear(width, 1)\n        self.a, self.act = nn.Linear(2, width), activation()\n    def forward(self, x):\n        return self.b(self.act(self.a(x)))\ndef success(width, activation, seeds=20):\n    good = 0\n    for s in range(seeds):\n        torch.random.manual_seed(s)\n        m = Net(width, activation)\n        fit_xor(m)\n        good += int(((torch.sigmoid(m(x_xor)) > 0.5).float() == y_xor).sum() == 4)\n    return good / seeds',
            changed(SUCCESS, ("        torch.manual_seed(seed)\n", "        act = activation()\n        torch.manual_seed(seed)\n"), ("activation(), nn", "act, nn")),
            changed(SUCCESS, ("        torch.manual_seed(seed)\n        model = ", "        with torch.random.fork_rng():\n            torch.manual_seed(seed)\n            model = ")),
        ],
        "wrong": [
            (changed(SUCCESS, ("bool(((model(x_xor) > 0) == (y_xor == 1)).all())", "((model(x_xor) > 0) == (y_xor == 1)).float().mean().item()")), "ou les réponses"),
            (changed(SUCCESS, ("manual_seed(seed)", "manual_seed(0)")), "même sort"),
            (changed(SUCCESS, ("        torch.manual_seed(seed)\n", "")), "deux appels"),
            (changed(SUCCESS, (" / len(wins)", "")), "entre 0 et 1"),
            (changed(SUCCESS, ("nn.Linear(2, width), activation()", "nn.Linear(2, width)")), "activation"),
            (changed(SUCCESS, ("        fit_xor(model)\n", "")), "presque 1"),
            (changed(SUCCESS, ("    return sum", "    print(sum"), ("len(wins)\n", "len(wins))\n")), "return"),
            (changed(SUCCESS, ("range(seeds)", "range(1, seeds + 1)")), '\\[1, 2, 3, 4\\], \\[0, 1, 2, 3\\]'),
            (changed(SUCCESS, ("    for seed in range(seeds):\n        torch.manual_seed(seed)\n", "    torch.manual_seed(0)\n    for seed in range(seeds):\n")), '\\[0, 1, 2, 3\\] attendu'),
        ],
    },
    "ex-mlp-profond": {
        "right": [
            NORMS + INITS,
            changed(LOOP, ("    nn.MSELoss()", "    for p in model.parameters():\n        p.grad = None\n    nn.MSELoss()"))
            + "\ndef init_he(model):\n    for p in model.parameters():\n        nn.init.kaiming_uniform_(p, nonlinearity='relu') if p.dim() == 2 else nn.init.zeros_(p)\n"
            "def init_xavier(model):\n    for p in model.parameters():\n        nn.init.xavier_uniform_(p) if p.dim() == 2 else nn.init.zeros_(p)",
            changed(NORMS, ("[g.norm() for g in", "[g.square().sum().sqrt().item() for g in")) + changed(INITS, ("nn.init.normal_(m.weight, std=variance(m) ** 0.5)", "m.weight.data = torch.randn_like(m.weight) * variance(m) ** 0.5"), ("nn.init.zeros_(m.bias)", "m.bias.data.zero_()")),
        ],
        "wrong": [
            (LOOP + INITS, "s'accumulent"),
            (changed(NORMS, ("return [", "return [][::-1] or [")).replace("for m in layers])]", "for m in layers])][::-1]") + INITS, "ordre inverse"),
            (changed(LOOP, ("if p.dim() == 2", "")) + INITS, "sans les biais"),
            (changed(NORMS, ("model.modules()", "model")) + INITS, "sous-modules"),
            (changed(NORMS, ("g.norm()", "g.abs().mean()")) + INITS, "la norme"),
            (NORMS + changed(INITS, ("2 / m.in_features", "1 / m.in_features")), "init_he.*variance"),
            (NORMS + changed(INITS, ("(m.in_features + m.out_features)", "m.out_features")), "init_xavier.*variance"),
            (NORMS + changed(INITS, ("            nn.init.zeros_(m.bias)\n", "")), "biais"),
            (NORMS + changed(INITS, ("in model.modules()", "in model")), "toutes les couches"),
        ],
    },
    "ex-mlp-mortes": {
        "right": [
            DEAD + REVIVE,
            HOOKS + "\ndef revive(model, x):\n    a = model[0](x).detach()\n    off = (a <= 0).all(0)\n    model[0].bias.data = torch.where(off, model[0].bias.data - a.mean(0), model[0].bias.data)\n"
            "    model[2].weight.data = torch.where(off, torch.zeros(()), model[2].weight.data)",
            DEAD + "\ndef revive(model, x):\n    torch.manual_seed(0)\n    with torch.no_grad():\n        off = (model[1](model[0](x)) == 0).all(0)\n        model[2].weight[:, off] = 0\n"
            "        model[0].weight[off] = torch.randn_like(model[0].weight[off])\n        model[0].bias[off] = 0\n        model[0].bias[off] = -model[0](x)[:, off].median(0).values",
        ],
        "wrong": [
            (changed(DEAD, ("(x.max(0).values <= 0)", "(x == 0)")) + REVIVE, "cases nulles"),
            (changed(DEAD, ("x.max(0)", "x.max(1)")) + REVIVE, "dead_share rend"),
            (changed(DEAD, ("    return shares", "    return shares[0]")).replace("shares[0]", "[shares[0]]") + REVIVE, "un par nn.ReLU"),
            (changed(HOOKS, ("        hook.remove()", "        pass")) + REVIVE, "crochets"),
            (DEAD + changed(REVIVE, ("                model[2].weight[:, k].zero_()\n", "")), "change les prédictions"),
            (DEAD + changed(REVIVE, ("a.max() - 0.1", "a.max() + 0.1")), "encore morts"),
            (DEAD + changed(REVIVE, ("            if (a <= 0).all():\n", "            if (a <= 0).any():\n")), "change les prédictions|vivants"),
            (DEAD + "\ndef revive(model, x):\n    pass", "encore morts"),
        ],
    },
    "ex-mlp-sauver": {
        "right": [
            SAVE + LOAD,
            "def save(model, path):\n    torch.save({'weights': model.state_dict(), 'width': 20}, path)\n\ndef load(path):\n    net = build().eval()\n    net.load_state_dict(torch.load(path, weights_only=True, map_location=torch.device('cpu'))['weights'])\n    return net",
            "def save(model, path):\n    torch.save([p.detach() for p in model.parameters()], path)\n\ndef load(path):\n    net = build()\n    for p, v in zip(net.parameters(), torch.load(path, map_location='cpu')):\n        p.data.copy_(v)\n    net.train(False)\n    return net",
            "def save(model, path):\n    torch.save({k: v.cpu() for k, v in model.state_dict().items()}, path)\ndef load(path):\n    device = 'cuda' if torch.cuda.is_available() else 'cpu'\n    m = build()\n    m.load_state_dict(torch.load(path, map_location=device))\n    m.to(device).eval()\n    return m",
            "def save(model, path):\n    with open(path, 'wb') as f:\n        torch.save(model.state_dict(), f)\ndef load(path):\n    m = build()\n    with open(path, 'rb') as f:\n        m.load_state_dict(torch.load(f, 'cpu'))\n    return m.eval()",
            SAVE + 'def load(path):\n    m = build()\n    m.load_state_dict(torch.load(path, map_location=lambda storage, place: storage))\n    m.eval()\n    return m',
        ],
        "wrong": [
            (changed(SAVE, ("model.state_dict()", "model")) + LOAD, "objet entier"),
            (SAVE + changed(LOAD, ("    model.eval()\n", "")), "eval"),
            (SAVE + changed(LOAD, ("    model.load_state_dict(torch.load(path, map_location='cpu'))\n", "")), "du fichier"),
            (SAVE + changed(LOAD, ("    return model\n", "")), "return"),
            (SAVE + changed(LOAD, ("    return model\n", "    return model.load_state_dict(torch.load(path))\n")), "un modèle attendu"),
            (changed(SAVE, ("    torch.save(", "    model.eval()\n    torch.save(")) + LOAD, "mode"),
            (SAVE + changed(LOAD, (", map_location='cpu'", "")), 'map_location'),
        ],
    },
    "ex-mlp-reprise": {
        "right": [
            CHECKPOINT,
            changed(CHECKPOINT, ("    model, optimizer = start()\n", "    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))\n    optimizer = torch.optim.Adam(model.parameters(), lr=0.5)\n")),
            "def checkpoint(model, optimizer, path):\n    torch.save(dict(m=model.state_dict(), o=optimizer.state_dict(), r=torch.get_rng_state(), epoch=10), path)\n\ndef resume(path):\n    d = torch.load(path, weights_only=True)\n"
            "    pair = start()\n    for part, key in zip(pair, 'mo'):\n        part.load_state_dict(d[key])\n    torch.default_generator.set_state(d['r'])\n    return pair",
            'def checkpoint(model, optimizer, path):\n    torch.save((model, optimizer, torch.get_rng_state()), path)\ndef resume(path):\n    m, o, r = torch.load(path, weights_only=False)\n    torch.set_rng_state(r)\n    return m, o',
        ],
        "wrong": [
            (changed(CHECKPOINT, ("    optimizer.load_state_dict(memory)\n", "")), "Adam repart"),
            (changed(CHECKPOINT, ("    torch.random.set_rng_state(state)\n", "")), "générateur"),
            (changed(CHECKPOINT, ("    model, optimizer = start()\n    weights, memory, state = torch.load(path)\n", "    weights, memory, state = torch.load(path)\n    torch.set_rng_state(state)\n    model, optimizer = start()\n"), ("    torch.random.set_rng_state(state)\n", "")), "après sa restauration"),
            (changed(CHECKPOINT, ("    model.load_state_dict(weights)\n", "")), "de la coupure"),
            (changed(CHECKPOINT, ("    model, optimizer = start()\n", "    model, optimizer = start()\n    model = start()[0]\n")), "ne tient pas"),
            (changed(CHECKPOINT, ("    return model, optimizer", "    pass")), "return"),
            (changed(CHECKPOINT, ("return model, optimizer", "return optimizer, model")), 'resume rend un Adam'),
        ],
    },
}  # fmt: skip
