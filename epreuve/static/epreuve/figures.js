/* Interactive figures: each draws the JSON data that the page carries, and nothing else.
   Without this file, the still image and the table of the page remain. */
(() => {
  "use strict";

  // The plot and the boxes, as in figures.py.
  const LEFT = 44, TOP = 10, WIDTH = 446, HEIGHT = 272, FAR = 1e4;
  const BOX_WIDTH = 92, BOX_HEIGHT = 62;

  // Numbers and text ------------------------------------------------------------

  const POWERS = { "-": "⁻", ...["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"] };

  function written(number) {
    if (number === null || number === undefined) return "—";
    const size = Math.abs(number);
    const text = number !== 0 && (size < 1e-4 || size >= 1e5)
      ? number.toExponential(2)
      : String(Number(number.toPrecision(4)));
    const [mantissa, power] = text.split("e");
    const raised = power ? `\u00a0×\u00a010${[...power.replace("+", "")].map((sign) => POWERS[sign]).join("")}` : "";
    return mantissa.replace(".", ",").replace("-", "\u2212") + raised;
  }

  const shapeText = (shape) => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`);

  /** `"Taux {lr}"` with the values of `facts`. */
  const phrase = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);

  // Drawing ---------------------------------------------------------------------

  function svg(tag, attributes = {}, text = "") {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.textContent = text;
    return node;
  }

  function scale(value, low, high, length) {
    const place = ((value - low) / (high - low)) * length;
    return Math.round(Math.max(-FAR, Math.min(FAR, place)) * 100) / 100;
  }

  function onPlot(axes, [x, y]) {
    const up = scale(y, axes.y.min, axes.y.max, HEIGHT);
    return [scale(x, axes.x.min, axes.x.max, WIDTH), Math.round((HEIGHT - up) * 100) / 100];
  }

  const drawable = (points) => points.filter((point) => !point.includes(null));

  function polyline(axes, kind, points) {
    const places = drawable(points).map((point) => onPlot(axes, point));
    return svg("polyline", { class: kind, points: places.map((place) => place.join(",")).join(" ") });
  }

  function dot(axes, kind, point, r = 4) {
    const [cx, cy] = onPlot(axes, point);
    return svg("circle", { class: kind, cx, cy, r });
  }

  const words = (x, y, anchor, text, kind = "") =>
    svg("text", { x, y, "text-anchor": anchor, class: kind }, text);

  // Controls --------------------------------------------------------------------

  function html(tag, properties = {}, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  function slider(figure, name, count, start, textOf, change) {
    const input = html("input", { type: "range", min: 0, max: count - 1, step: 1 });
    input.value = start;
    const value = html("span", { className: "ep-setting" });
    const update = () => {
      value.textContent = textOf(Number(input.value));
      input.setAttribute("aria-valuetext", value.textContent);
      change(Number(input.value));
    };
    input.addEventListener("input", update);
    figure.controls.append(html("label", {}, name, input, value));
    return update;
  }

  function choices(figure, name, options, change) {
    const select = html("select", {}, ...options.map((text, value) => html("option", { value }, text)));
    select.addEventListener("change", () => change(Number(select.value)));
    figure.controls.append(html("label", {}, name, select));
  }

  /** Two buttons; `change` draws the step. The returned function goes to a step. */
  function stepper(figure, count, change) {
    let step = 0;
    const back = html("button", { type: "button" }, figure.labels.previous);
    const next = html("button", { type: "button" }, figure.labels.next);
    const place = html("span", { className: "ep-setting" });
    const go = (target) => {
      step = Math.max(0, Math.min(count - 1, target));
      back.setAttribute("aria-disabled", step === 0);
      next.setAttribute("aria-disabled", step === count - 1);
      place.textContent = phrase(figure.labels.stage, { step: step + 1, count });
      change(step);
    };
    back.addEventListener("click", () => go(step - 1));
    next.addEventListener("click", () => go(step + 1));
    figure.controls.append(back, next, place);
    return go;
  }

  // The kinds -------------------------------------------------------------------

  function descent(figure, data) {
    const area = figure.stage.querySelector(".ep-plot");
    const draw = (index) => {
      const run = data.runs[index];
      area.replaceChildren(
        ...data.lines.map((line) => polyline(data, "ep-curve", line)),
        polyline(data, "ep-path", run.path),
        ...drawable(run.path).map((point) => dot(data, "ep-dot", point)),
      );
      const last = run.losses.at(-1);
      figure.read(last === null ? figure.labels.diverges : figure.labels.rateText, {
        lr: written(run.lr), first: written(run.losses[0]), last: written(last), steps: run.losses.length - 1,
      });
    };
    const rate = (index) => written(data.runs[index].lr);
    slider(figure, figure.labels.rate, data.runs.length, data.start ?? 0, rate, draw)();
  }

  /** Cells of the same side that touch in a row become one rectangle. */
  function cells(grid) {
    const height = HEIGHT / grid.length;
    return grid.flatMap((values, row) => {
      const width = WIDTH / values.length;
      const found = [];
      let first = 0;
      for (let column = 1; column <= values.length; column++) {
        const side = values[first] >= 0.5;
        if (column < values.length && values[column] >= 0.5 === side) continue;
        found.push(svg("rect", {
          class: `ep-side-${Number(side)}`,
          x: (first * width).toFixed(2), y: (HEIGHT - (row + 1) * height).toFixed(2),
          width: ((column - first) * width).toFixed(2), height: height.toFixed(2),
        }));
        first = column;
      }
      return found;
    });
  }

  function boundary(figure, data) {
    const area = figure.stage.querySelector(".ep-plot");
    const draw = (index) => {
      const epoch = data.epochs[index];
      const points = data.points.map(([x, y, kind]) => dot(data, `ep-class-${kind}`, [x, y]));
      area.replaceChildren(...cells(epoch.grid), ...points);
      figure.read(figure.labels.epochText, { epoch: epoch.epoch, accuracy: written(epoch.accuracy) });
    };
    const count = data.epochs.length;
    const epoch = (index) => String(data.epochs[index].epoch);
    slider(figure, figure.labels.epoch, count, data.start ?? count - 1, epoch, draw)();
  }

  function activations(figure, data) {
    const area = figure.stage.querySelector(".ep-plot");
    let shown = data.functions[0];
    const pairs = (values) => data.x.map((x, index) => [x, values[index]]);
    const draw = (index) => {
      const x = data.x[index], y = shown.y[index], dy = shown.dy[index];
      area.replaceChildren(
        polyline(data.axes, "ep-path", pairs(shown.y)),
        polyline(data.axes, "ep-path ep-derivative", pairs(shown.dy)),
        words(12, 22, "start", "f", "ep-name"),
        words(34, 22, "start", "f′", "ep-name ep-derivative"),
      );
      const marks = [["ep-dot", y], ["ep-dot ep-derivative", dy]].filter(([, value]) => value !== null);
      if (marks.length === 2) {
        const reach = (data.x.at(-1) - data.x[0]) / 10;
        area.append(polyline(data.axes, "ep-tangent", [[x - reach, y - reach * dy], [x + reach, y + reach * dy]]));
      }
      area.append(...marks.map(([kind, value]) => dot(data.axes, kind, [x, value], 5)));
      figure.read(figure.labels.activationText, {
        name: shown.name, x: written(x), y: written(y), dy: written(dy),
      });
    };
    let update = () => {};
    choices(figure, figure.labels.function, data.functions.map((one) => one.name), (index) => {
      shown = data.functions[index];
      update();
    });
    const middle = Math.floor(data.x.length / 2);
    const abscissa = (index) => written(data.x[index]);
    update = slider(figure, figure.labels.abscissa, data.x.length, middle, abscissa, draw);
    update();
  }

  function broadcasting(figure, data) {
    let shown = data.cases[0];
    const row = (line, name, sizes, kindOf) => {
      const y = 40 + 90 * line;
      const boxes = [...sizes].reverse().flatMap((size, position) => {
        const x = 330 - 70 * position;
        const kind = `ep-box ${kindOf(position)}`;
        return [svg("rect", { class: kind, x, y, width: 60, height: 50 }), words(x + 30, y + 32, "middle", String(size))];
      });
      return [words(90, y + 32, "end", name), ...boxes];
    };
    const draw = (step) => {
      const length = Math.max(shown.a.length, shown.b.length);
      const padded = [shown.a, shown.b].map((shape) => [...Array(length - shape.length).fill(1), ...shape]);
      const size = (which, position) => padded[which].at(-1 - position);
      const clashes = (position) => ![1, size(1, position)].includes(size(0, position)) && size(1, position) !== 1;
      const stretched = (which) => padded[which].map((own, axis) => {
        const other = padded[1 - which][axis];
        return own === 1 && other !== 1 ? `1 → ${other}` : own;
      });
      const drawn = [];
      ["a", "b"].forEach((name, which) => {
        const sizes = step === 0 ? shown[name] : step === 1 ? padded[which] : stretched(which);
        drawn.push(...row(which, name, sizes, (position) => {
          if (step >= 2 && clashes(position)) return "ep-clash";
          if (step >= 1 && position >= shown[name].length) return "ep-added";
          return step >= 2 && size(which, position) === 1 && size(1 - which, position) !== 1 ? "ep-now" : "";
        }));
      });
      if (step === 3 && shown.result) drawn.push(...row(2, figure.labels.resultRow, shown.result, () => "ep-now"));
      figure.stage.replaceChildren(...drawn);
      const { align, pad, stretch, clash, result } = figure.labels;
      const outcome = shown.result ? phrase(result, { shape: shapeText(shown.result) }) : shown.error;
      figure.read([align, pad, shown.result ? stretch : clash, outcome][step], {});
    };
    const name = (one) => `${shapeText(one.a)} ${figure.labels.and} ${shapeText(one.b)}`;
    let go = () => {};
    choices(figure, figure.labels.case, data.cases.map(name), (index) => {
      shown = data.cases[index];
      go(0);
    });
    go = stepper(figure, 4, draw);
    go(0);
  }

  function autograd(figure, data) {
    const known = Object.fromEntries(data.nodes.map((node) => [node.id, node]));
    const edge = ([from, to]) => {
      const x = known[from].x + BOX_WIDTH, y = known[from].y + BOX_HEIGHT / 2;
      const endX = known[to].x, endY = known[to].y + BOX_HEIGHT / 2, middle = (x + endX) / 2;
      return svg("path", { class: "ep-edge", d: `M${x} ${y}C${middle} ${y} ${middle} ${endY} ${endX} ${endY}m-7 -4l7 4l-7 4` });
    };
    const box = (node, now, done) => {
      const middle = node.x + BOX_WIDTH / 2;
      const size = { x: node.x, y: node.y, width: BOX_WIDTH, height: BOX_HEIGHT };
      const parts = [
        svg("rect", { class: now ? "ep-box ep-now" : "ep-box", ...size }),
        words(middle, node.y + 20, "middle", node.label, "ep-name"),
        words(middle, node.y + 37, "middle", node.value ?? ""),
      ];
      if (done && node.grad) parts.push(words(middle, node.y + 54, "middle", `∇ ${node.grad}`, "ep-grad"));
      return parts;
    };
    const draw = (step) => {
      const done = data.steps.slice(0, step + 1).flatMap((one) => one.nodes);
      const now = data.steps[step].nodes;
      const boxes = data.nodes.flatMap((node) => box(node, now.includes(node.id), done.includes(node.id)));
      figure.stage.replaceChildren(...data.edges.map(edge), ...boxes);
      figure.read(data.steps[step].text, {});
    };
    stepper(figure, data.steps.length, draw)(0);
  }

  // Start -----------------------------------------------------------------------

  const KINDS = { descent, boundary, activations, broadcasting, autograd };

  /** In a deck, the keys of a clicker turn the slide; the others belong to the figure. */
  function shareKeys(element) {
    element.addEventListener("keydown", (event) => {
      if (["PageUp", "PageDown", "Escape"].includes(event.key)) event.target.blur();
      else event.stopPropagation();
    });
  }

  function start() {
    document.querySelectorAll("figure.ep-interactive").forEach((element) => {
      const draw = KINDS[element.dataset.kind];
      const source = element.querySelector("script[type='application/json']");
      if (!draw || !source) return;
      const { labels, data } = JSON.parse(source.textContent);
      const reading = element.querySelector(".ep-outcome");
      draw({
        labels,
        stage: element.querySelector(".ep-stage"),
        controls: element.querySelector(".ep-controls"),
        read: (text, facts) => { reading.textContent = phrase(text, facts); },
      }, data);
      if (element.closest(".reveal")) shareKeys(element);
    });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
