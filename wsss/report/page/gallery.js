// The gallery of a report: an overview with filters, and a viewer that shows one photo at every step.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("gallery").textContent);
  const at = (id) => document.getElementById(id);
  const source = (photo, file) => {
    const path = `pictures/${photo.n}/${file}`;
    return (data.inside || {})[path] || path;
  };
  // A new element with these properties and children.
  const make = (tag, settings = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), settings);
    element.append(...children);
    return element;
  };
  const state = { recipe: 0, shown: [], index: 0, step: Infinity };
  const check = prepareCheck(data, make, state, () => fill());

  // What can be chosen.
  const scored = data.photos.some((photo) => photo.iou.some((value) => value !== null));
  const orders = [
    ...(check.on ? [["those to check first", by("benefit", -1)]] : []),
    ...(scored ? [["worst first, by IoU", by("iou", 1)], ["best first, by IoU", by("iou", -1)]] : []),
    ["last two steps furthest apart", by("apart", -1)],
    ["name", (a, b) => (a.name < b.name ? -1 : 1)],
  ];
  // Compares photos by a figure of the chosen recipe, upwards (sign 1) or downwards (-1). Photos
  // without the figure come last in both.
  function by(key, sign) {
    return (a, b) => {
      const [x, y] = [a[key][state.recipe], b[key][state.recipe]];
      return x === null || y === null ? (x === null) - (y === null) : sign * (x - y);
    };
  }
  const own = [...new Set(data.photos.map((photo) => photo.split))];
  const splits = check.on && own.length > 1 ? ["all", ...own] : own;
  at("by-split").append(...splits.map((split) => make("option", { value: split, textContent: split })));
  at("by-class").append(make("option", { value: "", textContent: "all" }),
    ...data.labels.slice(1).map((name, k) => make("option", { value: k + 1, textContent: name })));
  at("by-order").append(...orders.map(([name], k) => make("option", { value: k, textContent: name })));
  at("about-gallery").textContent = data.about;

  // The overview.
  function fill() {
    state.recipe = Number(at("by-recipe")?.value || 0);
    const wanted = Number(at("by-class").value);
    const inSplit = (photo) => ["all", photo.split].includes(at("by-split").value);
    state.shown = data.photos.filter((photo) => inSplit(photo) && (!wanted || photo.tags.includes(wanted)) && check.keeps(photo));
    state.shown.sort(orders[at("by-order").value][1]);
    check.fill();
    at("count").textContent = `${state.shown.length} photos`;
    at("grid").replaceChildren(...state.shown.map((photo, k) => {
      const thumb = make("img", { loading: "lazy", decoding: "async", alt: photo.name, src: source(photo, "thumb.jpg") });
      return make("button", { type: "button", title: photo.name, onclick: () => open(k) }, thumb,
        make("span", { textContent: check.caption(photo) || facts(photo, true) }));
    }));
  }
  const number = (value) => (value === null ? null : value.toFixed(0));
  function facts(photo, short = false) {
    const iou = number(photo.iou[state.recipe]), apart = number(photo.apart[state.recipe]);
    const tags = photo.tags.map((tag) => data.labels[tag]).join(", ") || "no tags";
    if (short) return iou !== null ? `IoU ${iou}` : apart !== null ? `${apart} apart` : tags;
    return [tags, iou !== null && `IoU ${iou} %`, apart !== null && `last two steps ${apart} % apart`, check.facts(photo)].filter(Boolean).join(" · ");
  }
  for (const id of ["by-recipe", "by-split", "by-class", "by-order"]) at(id)?.addEventListener("change", fill);

  // The viewer. It shows the photo, then the step of every recipe, then the true mask.
  const layersOf = (recipe, photo) => recipe.layers[photo.split] || [];
  function steps(photo) {
    const own = data.steps.filter((step) => data.recipes.some((recipe) => layersOf(recipe, photo).some((layer) => layer.step === step)));
    return ["photo", ...own, ...(photo.truth ? ["truth"] : [])];
  }
  // The layer of a recipe at a step; of a recipe that lacks the step, the layer of its step before.
  function layerAt(recipe, photo, step) {
    if (step === "photo") return { title: "photo", file: null };
    if (step === "truth") return { title: "truth", file: "truth.png" };
    const upToStep = data.steps.slice(0, data.steps.indexOf(step) + 1);
    const found = layersOf(recipe, photo).filter((layer) => upToStep.includes(layer.step)).pop();
    if (!found) return { title: `no ${step} in this recipe`, file: null };
    return found.step === step ? found : { ...found, title: `${found.title}, no ${step} in this recipe` };
  }
  function pane(recipe, photo, step) {
    const layer = layerAt(recipe, photo, step);
    const pair = make("div", { className: layer.file ? "pair under" : "pair" }, make("img", { src: source(photo, "photo.jpg"), alt: photo.name }));
    pair.style.setProperty("--ratio", photo.w / photo.h);
    if (layer.file) {
      const over = make("img", { src: source(photo, layer.file), alt: layer.title, className: layer.smooth ? "" : "crisp" });
      over.style.opacity = at("opacity").value / 100;
      pair.append(over);
    }
    const name = data.recipes.length > 1 ? `${recipe.name}: ${layer.title}` : layer.title;
    return make("figure", {}, pair, make("figcaption", { textContent: name }));
  }
  function show() {
    const photo = state.shown[state.index], all = steps(photo);
    state.step = Math.max(0, Math.min(state.step, all.length - 1));
    at("title").textContent = photo.name;
    at("facts").textContent = facts(photo);
    check.show(photo);
    at("panes").replaceChildren(...data.recipes.map((recipe) => pane(recipe, photo, all[state.step])));
    at("step").max = all.length - 1;
    at("step").value = state.step;
    at("steps").replaceChildren(...all.map((name, k) => {
      const tab = make("button", { type: "button", textContent: name, onclick: () => go(0, k - state.step) });
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", k === state.step);
      return tab;
    }));
    const ids = data.labels.length < 40 ? data.labels.map((_, id) => id) : [0, ...photo.tags];
    at("legend").replaceChildren(...[...ids, 255].map((id) => {
      const swatch = make("i", { className: "swatch" });
      swatch.style.background = id === 255 ? "#fff" : data.colours[id];
      return make("span", {}, swatch, make(photo.tags.includes(id) ? "b" : "span", { textContent: data.labels[id] || "undecided" }));
    }));
    const next = state.shown[state.index + 1];
    if (next) new Image().src = source(next, "photo.jpg");
  }
  // Moves the viewer by a number of photos and of steps.
  function go(photos, steps) {
    state.index = Math.max(0, Math.min(state.shown.length - 1, state.index + photos));
    state.step += steps;
    show();
  }
  function open(k) {
    state.index = k;
    if (state.step === Infinity) state.step = steps(state.shown[k]).length - 1;
    show();
    at("viewer").showModal();
  }
  at("close").onclick = () => at("viewer").close();
  at("previous").onclick = () => go(-1, 0);
  at("next").onclick = () => go(1, 0);
  at("step").oninput = () => go(0, Number(at("step").value) - state.step);
  at("opacity").oninput = () => { for (const over of document.querySelectorAll(".pair img + img")) over.style.opacity = at("opacity").value / 100; };
  at("viewer").addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!move || event.target === at("opacity")) return;
    event.preventDefault();
    go(...move);
  });
  fill();
})();
