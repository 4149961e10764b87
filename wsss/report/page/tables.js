// A table that is wider than its place has a cue at its cut edge, until it is scrolled to the end.
const wide = document.querySelectorAll(".scroll");
function markCut(place) {
  place.classList.toggle("cut", place.scrollLeft + place.clientWidth < place.scrollWidth - 2);
}
const watcher = new ResizeObserver((entries) => entries.forEach((entry) => markCut(entry.target)));
for (const place of wide) {
  place.addEventListener("scroll", () => markCut(place), { passive: true });
  watcher.observe(place);
}
for (const details of document.querySelectorAll("details")) {
  details.addEventListener("toggle", () => details.querySelectorAll(".scroll").forEach(markCut));
}
// The single file goes to people who have none of the other files.
if (data.inside) for (const place of document.querySelectorAll("#files, [href='#files']")) place.remove();
