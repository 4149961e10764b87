// The viewer shows one photo: the photo, then the step of every recipe, then the true mask.
const layersOf = (recipe, photo) => recipe.layers[photo.split] || [];
function steps(photo) {
  const own = data.steps.filter((step) => data.recipes.some((recipe) => layersOf(recipe, photo).some((layer) => layer.step === step)));
  return ["photo", ...own, ...(photo.truth ? ["truth"] : [])];
}
// The layer of a recipe at a step; of a recipe that lacks the step, the layer of its step before.
function layerAt(recipe, photo, step) {
  if (step === "photo") return { title: "photo", file: null };
  if (step === "truth") return { title: titleOf(step), file: "truth.png", outlined: true };
  const upToStep = data.steps.slice(0, data.steps.indexOf(step) + 1);
  const found = layersOf(recipe, photo).filter((layer) => upToStep.includes(layer.step)).pop();
  const lacks = `no ${titleOf(step)} in this recipe`;
  if (!found) return { title: lacks, file: null };
  const title = describe(found);
  return { ...found, title: found.step === step ? title : `${title}, ${lacks}` };
}
// A layer in words, with its method where that is another word.
function describe(layer) {
  return layer.method && layer.method !== layer.step ? `${titleOf(layer.step)} (${layer.method})` : titleOf(layer.step);
}
// The picture of a layer in the chosen mode. Score maps and saliency have no outlines.
function pictureOf(layer) {
  return layer.outlined && outlines() ? layer.file.replace(/\.png$/, "-outline.png") : layer.file;
}
const outlines = () => at("mode").value === "outline";

function pane(recipe, photo, step) {
  const layer = layerAt(recipe, photo, step);
  const pair = make("div", { className: "pair" }, make("img", { src: source(photo, "photo.jpg"), alt: photo.name }));
  pair.style.setProperty("--ratio", photo.w / photo.h);
  if (layer.file) {
    const over = make("img", { src: source(photo, pictureOf(layer)), alt: layer.title, className: layer.smooth ? "" : "crisp" });
    over.classList.toggle("lines", Boolean(layer.outlined && outlines()));
    over.style.opacity = opacityOf(over);
    pair.append(over);
  }
  const name = data.recipes.length > 1 ? `${recipe.name}: ${layer.title}` : layer.title;
  return make("figure", {}, pair, make("figcaption", { textContent: name }));
}
const opacityOf = (picture) => (picture.classList.contains("lines") ? 1 : at("opacity").value / 100);

function show() {
  const photo = state.shown[state.index], all = steps(photo);
  state.step = Math.max(0, Math.min(state.step, all.length - 1));
  at("title").textContent = photo.name;
  at("facts").textContent = [facts(photo), check.facts(photo)].filter(Boolean).join(" · ");
  check.show(photo);
  at("panes").replaceChildren(...data.recipes.map((recipe) => pane(recipe, photo, all[state.step])));
  const focused = at("steps").contains(document.activeElement);
  at("steps").replaceChildren(...all.map(tab));
  if (focused) at("steps").children[state.step].focus();
  at("links").replaceChildren(...linksOf(photo));
  at("legend").replaceChildren(...legend(photo));
  const next = state.shown[state.index + 1];
  if (next) new Image().src = source(next, "photo.jpg");
}
function tab(name, k) {
  const button = make("button", { type: "button", textContent: titleOf(name), onclick: () => go(0, k - state.step) });
  button.setAttribute("role", "tab");
  button.setAttribute("aria-selected", k === state.step);
  return button;
}
function linksOf(photo) {
  const named = [["original", photo.links.original], ["mask", photo.links.mask]].filter(([, link]) => link);
  return named.map(([name, link]) => make("a", { href: link, textContent: name, target: "_blank", rel: "noopener" }));
}
function legend(photo) {
  const ids = data.labels.length < 40 ? data.labels.map((_, id) => id).slice(1) : photo.tags;
  return [...ids, 255].map((id) => {
    const swatch = make("i", { className: "swatch" });
    swatch.style.background = id === 255 ? "#fff" : data.colours[id];
    return make("span", {}, swatch, make(photo.tags.includes(id) ? "b" : "span", { textContent: data.labels[id] || "undecided" }));
  });
}

// Moves the viewer by a number of photos and of steps.
function go(photos, steps) {
  state.index = Math.max(0, Math.min(state.shown.length - 1, state.index + photos));
  state.step += steps;
  show();
}
function openPhoto(k) {
  state.index = k;
  if (state.step === Infinity) state.step = steps(state.shown[k]).length - 1;
  show();
  at("viewer").showModal();
}
at("close").onclick = () => at("viewer").close();
at("previous").onclick = () => go(-1, 0);
at("next").onclick = () => go(1, 0);
at("mode").onchange = show;
at("opacity").oninput = () => { for (const over of document.querySelectorAll(".pair img + img")) over.style.opacity = opacityOf(over); };
at("viewer").addEventListener("keydown", (event) => {
  if (event.target === at("opacity") || event.target === at("mode")) return;
  if (event.key.toLowerCase() === "o") {
    at("mode").value = outlines() ? "fill" : "outline";
    show();
  }
  const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!move) return;
  event.preventDefault();
  go(...move);
});
