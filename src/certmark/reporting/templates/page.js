"use strict";
for (const tools of document.querySelectorAll(".scripted")) tools.hidden = false;
for (const box of document.querySelectorAll("input[data-search]")) {
  const items = [...document.querySelectorAll(box.dataset.search)].map(item => [item, item.textContent.toLowerCase()]);
  const told = document.getElementById(box.dataset.told);
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const [item, text] of items) {
      const fits = words.every(word => text.includes(word));
      item.classList.toggle("unmatched", !fits);
      found += fits;
    }
    told.textContent = words.length ? `${found} of ${items.length}` : "";
  });
}
for (const button of document.querySelectorAll("button[data-open]")) {
  button.addEventListener("click", () => {
    for (const item of document.querySelectorAll(button.dataset.items)) item.open = button.dataset.open === "yes";
  });
}
for (const box of document.querySelectorAll("select[data-sort]")) {
  const rows = [...document.querySelectorAll(box.dataset.sort)];
  box.addEventListener("change", () => {
    const key = box.value;
    const value = row => Number(row.dataset[key]);
    const sorted = key === "name" ? [...rows].sort((one, other) => one.dataset.name < other.dataset.name ? -1 : 1)
      : key ? [...rows].sort((one, other) => value(other) - value(one)) : rows;
    for (const row of sorted) row.parentNode.append(row);
  });
}
