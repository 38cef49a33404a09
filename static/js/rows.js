// Rows of a form, as Django's formsets number them.

/** Give the rows the numbers that they have now, and tell the form how many there are. */
export function renumber(box, rows, prefix) {
  const numbers = new RegExp(`${prefix}-(\\d+|__prefix__)`, "g");
  rows.forEach((row, number) => {
    for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
      for (const attribute of ["name", "id", "for", "aria-describedby"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replaceAll(numbers, `${prefix}-${number}`));
      }
    }
  });
  box.querySelector(`[name=${prefix}-TOTAL_FORMS]`).value = rows.length;
}
