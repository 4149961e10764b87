// The photos to look at first: badges as filters, marks and fixed tags, and the table that they are
// saved as, which new_dataset.py reads.
// `refill` fills the overview anew.
function prepareCheck(refill) {
  const on = data.photos.some((photo) => photo.benefit.some((value) => value !== null));
  if (!on) return { on, keeps: () => true, caption: () => "", facts: () => "", fill: () => {}, show: () => {} };

  // What a person changed: photo's name -> { wrong, tags }, as far as it differs from what was there.
  // It is kept until the masks are made again.
  const key = `check ${location.pathname} ${hash(JSON.stringify(data.photos.map((p) => [p.name, p.tags, p.benefit])))}`;
  const changes = new Map(read());
  function read() {
    try {
      return JSON.parse(localStorage.getItem(key) || "[]");
    } catch {
      return []; // a browser that keeps nothing for files
    }
  }
  function keep() {
    try {
      localStorage.setItem(key, JSON.stringify([...changes]));
    } catch {
      // then they last as long as the page
    }
  }
  function hash(text) {
    let value = 0;
    for (let k = 0; k < text.length; k++) value = (Math.imul(value, 31) + text.charCodeAt(k)) | 0;
    return value;
  }
  const isWrong = (photo) => Boolean(changes.get(photo.name)?.wrong);
  const tagsOf = (photo) => changes.get(photo.name)?.tags || photo.tags;
  function change(photo, wrong, tags) {
    const same = tags.length === photo.tags.length && tags.every((tag) => photo.tags.includes(tag));
    changes.delete(photo.name);
    if (wrong || !same) changes.set(photo.name, same ? { wrong } : { wrong, tags });
    keep();
    fill();
    changed = true;
  }
  // Marks may change which photos a filter keeps. The viewer goes through those that it began with.
  let changed = false;
  at("viewer").addEventListener("close", () => {
    if (changed) refill();
    changed = false;
  });

  // The table. Cells are those of wsss/report/cells.py.
  const textCell = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
  function listCell(names) {
    const several = names.some((name) => /[;,|、，；[\]{}"'\r\n\u2028\u2029]/.test(name));
    return several ? JSON.stringify({ choices: names }) : textCell(names.join(";"));
  }
  const quoted = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  function table() {
    const rows = [["image", "labels", "wrong"]];
    for (const [name, { wrong, tags }] of [...changes].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
      const labels = !tags ? "" : tags.length ? listCell(tags.map((tag) => data.labels[tag])) : data.labels[0];
      rows.push([textCell(name), labels, wrong ? "x" : ""]);
    }
    return rows.map((row) => `${row.map(quoted).join(",")}\n`).join("");
  }
  function save() {
    const url = URL.createObjectURL(new Blob([table()], { type: "text/csv" }));
    make("a", { href: url, download: data.check.file }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  // The filters: a button for each badge, and one for the marks.
  const MARKED = "marked wrong";
  let chosen = "";
  const badgesOf = (photo) => [...photo.badges[state.recipe], ...(isWrong(photo) ? [MARKED] : [])];
  const saver = make("button", { type: "button", onclick: save });
  const filters = make("span", { className: "badges" });
  at("check").append(...data.check.lines.map((line) => make("p", { textContent: `${line[0].toUpperCase()}${line.slice(1)}.` })), make("div", { className: "bar" }, filters, saver));
  function fill() {
    const all = data.photos.flatMap(badgesOf);
    filters.replaceChildren(...[...data.check.badges, MARKED].map((badge) => {
      const count = all.filter((other) => other === badge).length;
      const button = make("button", { type: "button", textContent: `${badge} ${count}`, disabled: !count && badge !== chosen });
      button.setAttribute("aria-pressed", badge === chosen);
      button.onclick = () => { chosen = badge === chosen ? "" : badge; refill(); };
      return button;
    }));
    saver.textContent = `save ${data.check.file}: ${changes.size} ${changes.size === 1 ? "photo" : "photos"}`;
    saver.disabled = !changes.size;
  }

  // The viewer: a mark, and the tags, which can be fixed.
  function show(photo) {
    const wrong = make("input", { type: "checkbox", id: "wrong", checked: isWrong(photo) });
    wrong.onchange = () => change(photo, wrong.checked, tagsOf(photo));
    const boxes = data.labels.slice(1).map((name, k) => {
      const box = make("input", { type: "checkbox", value: k + 1, checked: tagsOf(photo).includes(k + 1) });
      box.onchange = () => change(photo, isWrong(photo), boxes.filter((one) => one.checked).map((one) => Number(one.value)));
      return box;
    });
    const tags = make("details", { open: data.labels.length < 25 }, make("summary", { textContent: "tags" }),
      ...boxes.map((box) => make("label", {}, box, data.labels[box.value])));
    at("fix").replaceChildren(make("label", {}, wrong, "this mask is wrong (w)"), tags);
  }
  at("viewer").addEventListener("keydown", (event) => { if (event.key === "w") at("wrong").click(); });

  const gain = (photo) => photo.benefit[state.recipe];
  return {
    on,
    fill,
    show,
    keeps: (photo) => !chosen || badgesOf(photo).includes(chosen),
    caption: (photo) => [isWrong(photo) && "✗", gain(photo) !== null && `gain ${gain(photo).toFixed(0)}`].filter(Boolean).join(" "),
    facts: (photo) => [gain(photo) !== null && `correcting it may bring ${gain(photo).toFixed(0)} points`, ...photo.badges[state.recipe]].filter(Boolean).join(" · "),
  };
}
