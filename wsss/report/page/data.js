// What the scripts of a report share: its data, new elements, and what is said of a photo.
const data = JSON.parse(document.getElementById("gallery").textContent);
const at = (id) => document.getElementById(id);
// The chosen recipe, the photos that the filters leave, and the photo and the step in the viewer.
const state = { recipe: 0, shown: [], index: 0, step: Infinity };

// The address of one of a photo's pictures; in a report that is a single file, its content.
function source(photo, file) {
  const path = `pictures/${photo.n}/${file}`;
  return (data.inside || {})[path] || path;
}
// A new element with these properties and children.
function make(tag, settings = {}, ...children) {
  const element = Object.assign(document.createElement(tag), settings);
  element.append(...children);
  return element;
}
// What a step makes, in plain words.
const titleOf = (step) => ({ photo: "photo", truth: "true mask" }[step] || data.titles[step] || step);
// The two steps by whose disagreement photos are sorted, in words.
const compared = () => data.recipes[state.recipe].compared.join(" and ") || "the last two steps";

// The names of a photo's tags that its last mask does not show; none where it has no mask.
function missing(photo) {
  const areas = photo.areas[state.recipe];
  return areas ? photo.tags.filter((tag) => (areas[tag] ?? 0) < data.found_from).map((tag) => data.labels[tag]) : [];
}
const percent = (value) => `${value.toFixed(0)} %`;
// What is known of a photo, in whole words.
function facts(photo) {
  const iou = photo.iou[state.recipe], apart = photo.apart[state.recipe], lost = missing(photo);
  return [
    `${photo.split}: ${photo.tags.map((tag) => data.labels[tag]).join(", ") || "no tags"}`,
    lost.length > 0 && `not found: ${lost.join(", ")}`,
    iou !== null && `IoU ${percent(iou)}`,
    apart !== null && `${compared()} differ by ${percent(apart)}`,
  ].filter(Boolean).join(" · ");
}
// The figure under a thumbnail.
function figure(photo) {
  const iou = photo.iou[state.recipe], apart = photo.apart[state.recipe];
  if (iou !== null) return `IoU ${iou.toFixed(0)}`;
  if (apart !== null) return `differ by ${percent(apart)}`;
  return photo.tags.map((tag) => data.labels[tag]).join(", ") || "no tags";
}
