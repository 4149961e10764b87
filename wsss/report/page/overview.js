// The thumbnails of a report, with filters and orders.
const PAGE = 60; // photos that are shown at first, and that each "more" adds

const scored = data.photos.some((photo) => photo.iou.some((value) => value !== null));
const IOU = "IoU is the mean overlap with the true mask, in percent.";
const GAIN = "“gain 30”: correcting the mask may bring 30 points of its IoU. It is estimated from the "
  + "network's confidence, tags that are not found, and the difference from the pseudo-label.";
const check = prepareCheck(choose);
const orders = [
  ...(check.on ? [["those to check first", by("benefit", -1), () => GAIN]] : []),
  ...(scored ? [["worst first, by IoU", by("iou", 1), () => IOU], ["best first, by IoU", by("iou", -1), () => IOU]] : []),
  ["steps differ most first", by("apart", -1), aboutApart],
  ["most tags not found first", (a, b) => missing(b).length - missing(a).length || byName(a, b),
    () => `A tag is not found where it has less than ${data.found_from} % of the last mask of its photo.`],
  ["name", byName, () => ""],
];
function byName(a, b) {
  return a.name < b.name ? -1 : 1;
}
// Compares photos by a figure of the chosen recipe, upwards (sign 1) or downwards (-1). Photos
// without the figure come last in both.
function by(key, sign) {
  return (a, b) => {
    const [x, y] = [a[key][state.recipe], b[key][state.recipe]];
    return x === null || y === null ? (x === null) - (y === null) : sign * (x - y);
  };
}
function aboutApart() {
  return `“differ by 73 %”: the ${compared()} of a photo overlap by 27 % on average over its classes. `
    + "A tag that the first of the two does not find counts as no overlap. A large figure marks a photo to look at; it does not say which step is right.";
}

const splits = [...new Set(data.photos.map((photo) => photo.split))];
at("by-split").append(...splits.map((split) => make("option", { value: split, textContent: split })));
at("by-class").append(make("option", { value: "", textContent: "all" }),
  ...data.labels.slice(1).map((name, k) => make("option", { value: k + 1, textContent: name })));
at("by-order").append(...orders.map(([name], k) => make("option", { value: k, textContent: name })));
at("about-gallery").textContent = data.about;

function choose() {
  state.recipe = Number(at("by-recipe")?.value || 0);
  const split = at("by-split").value, wanted = Number(at("by-class").value);
  const [, compare, about] = orders[at("by-order").value];
  state.shown = data.photos.filter((photo) => (!split || photo.split === split) && (!wanted || photo.tags.includes(wanted)) && check.keeps(photo));
  state.shown.sort(compare);
  check.fill();
  at("count").textContent = `${state.shown.length} photo${state.shown.length === 1 ? "" : "s"}`;
  at("about-order").textContent = about();
  at("grid").replaceChildren();
  showMore();
}
function showMore() {
  const from = at("grid").childElementCount;
  at("grid").append(...state.shown.slice(from, from + PAGE).map((photo, k) => thumbnail(photo, from + k)));
  const left = state.shown.length - at("grid").childElementCount;
  at("more").hidden = left === 0;
  at("more").textContent = `show more (${left} left)`;
}
function thumbnail(photo, k) {
  const lost = missing(photo);
  const picture = make("img", { loading: "lazy", decoding: "async", alt: photo.name, src: source(photo, "thumb.jpg") });
  const button = make("button", { type: "button", title: `${photo.name} · ${facts(photo)}`, onclick: () => openPhoto(k) }, picture,
    make("span", { textContent: check.caption(photo) || figure(photo) }));
  if (lost.length) button.append(make("span", { className: "bad", textContent: `no ${lost.join(", ")}` }));
  return button;
}
for (const id of ["by-recipe", "by-split", "by-class", "by-order"]) at(id)?.addEventListener("change", choose);
at("more").onclick = showMore;
choose();
