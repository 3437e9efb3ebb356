// Pictures of a record: chosen ones show at once; all are put in order by hand, with the mouse, or with the buttons.
for (const box of document.querySelectorAll("[data-pictures]")) {
  const name = box.dataset.pictures;
  const list = box.querySelector("[data-pictures-list]");
  const input = box.querySelector("input[type=file]");
  const told = box.querySelector("[role=status]");
  const chosen = new DataTransfer();
  let dragged = null;

  const tiles = () => [...list.children];
  const words = (key, number) => box.dataset[key].replace("__n__", number);

  function numbered() {
    const all = tiles();
    all.forEach((tile, index) => {
      tile.querySelector("img").alt = words("wordsPicture", index + 1);
      for (const [key, button] of Object.entries({ wordsLeft: "left", wordsRight: "right", wordsRemove: "remove" })) {
        tile.querySelector(`[data-picture-${button}]`).setAttribute("aria-label", words(key, index + 1));
      }
      tile.querySelector("[data-picture-left]").disabled = index === 0;
      tile.querySelector("[data-picture-right]").disabled = index === all.length - 1;
    });
    input.disabled = false;
    box.querySelector("[data-pictures-choose]").hidden = all.length >= Number(box.dataset.most);
  }

  function changed(tile, say) {
    numbered();
    told.textContent = words(say, tiles().indexOf(tile) + 1);
    list.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function moved(tile, before, focus) {
    list.insertBefore(tile, before);
    changed(tile, "wordsMoved");
    const button = tile.querySelector(`[data-picture-${focus}]`);
    (button.disabled ? tile.querySelector("button:not(:disabled)") : button)?.focus();
  }

  input.addEventListener("change", () => {
    const room = Number(box.dataset.most) - list.children.length;
    const files = [...input.files];
    if (files.length > room) told.textContent = box.dataset.wordsMany;
    for (const file of files.slice(0, Math.max(room, 0))) {
      const tile = box.querySelector("template").content.firstElementChild.cloneNode(true);
      tile.querySelector("img").src = URL.createObjectURL(file);
      tile.querySelector("input").value = `new:${chosen.files.length}`;
      chosen.items.add(file);
      list.append(tile);
    }
    input.files = chosen.files;
    numbered();
  });

  list.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-picture]");
    if (event.target.closest("[data-picture-left]")) moved(tile, tile.previousElementSibling, "left");
    else if (event.target.closest("[data-picture-right]")) moved(tile, tile.nextElementSibling.nextElementSibling, "right");
    else if (event.target.closest("[data-picture-remove]")) {
      const next = tile.nextElementSibling ?? tile.previousElementSibling;
      tile.remove();
      changed(tile, "wordsRemoved");
      (next?.querySelector("[data-picture-remove]") ?? input).focus();
    }
  });

  list.addEventListener("dragstart", (event) => { dragged = event.target.closest("[data-picture]"); });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-picture]");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const all = tiles();
    list.insertBefore(dragged, all.indexOf(dragged) < all.indexOf(over) ? over.nextElementSibling : over);
  });
  list.addEventListener("dragend", () => { if (dragged) changed(dragged, "wordsMoved"); dragged = null; });

  const mark = document.createElement("input");
  Object.assign(mark, { type: "hidden", name: `${name}-arranged`, value: "1" });
  box.append(mark);
  box.dataset.ready = "";
  if (input.files.length) input.dispatchEvent(new Event("change")); // chosen before this script had come
  numbered();
}
