// The filters of a person's timeline. Without this module everything is shown.

const filters = document.querySelector("[data-filters]");

function apply() {
  const shown = new Set([...filters.querySelectorAll("input:checked")].map((box) => box.value));
  for (const day of document.querySelectorAll(".day")) {
    let any = false;
    for (const moment of day.querySelectorAll(".moment")) {
      moment.hidden = !shown.has(moment.dataset.kind);
      any ||= !moment.hidden;
    }
    day.hidden = !any;
  }
}

if (filters) {
  filters.hidden = false;
  filters.addEventListener("change", apply);
  apply();
}
