// Counts what a weekly report still needs while it is written. The server says the same on
// submission; this only spares the way there.
(() => {
  'use strict';
  const form = document.getElementById('report');
  const bar = document.querySelector('[data-report-bar]');
  if (!form || !bar) return;
  const words = bar.dataset;
  const filled = (name) => [...new FormData(form).getAll(name)].some((value) => String(value).trim());
  const count = () => {
    let missing = 0;
    let differs = 0;
    let slips = 0;
    form.querySelectorAll('[data-promise]').forEach((row) => {
      const first = row.querySelector('input[type="radio"]');
      if (!first) return;
      const base = first.name.slice(0, -'outcome'.length);
      const chosen = new FormData(form).get(first.name);
      const unset = row.querySelector('[data-unset]');
      if (unset) unset.hidden = Boolean(chosen);
      if (!chosen) missing += 1;
      if (chosen === 'done') differs += row.querySelectorAll('[data-contradiction]').length;
      if (chosen === 'slipped') slips += 1;
      if (chosen === 'slipped' && !filled(`${base}new_week`)) missing += 1;
      if ((chosen === 'slipped' || chosen === 'dropped') && !filled(`${base}reason`)) missing += 1;
    });
    if (!filled('percent')) missing += 1;
    form.querySelectorAll('[data-problems] [data-row]').forEach((row) => {
      const needed = [...row.querySelectorAll('input, select')];
      const isBegun = needed.some((field) => field.value.trim());
      if (isBegun) missing += needed.filter((field) => !field.value.trim()).length;
    });
    const lines = [...form.querySelectorAll('[data-lines] input')];
    if (!lines.some((field) => field.value.trim()) && !slips
        && new FormData(form).get('percent') !== '100') missing += 1;
    const say = (one, many, number) => (number === 1 ? one : many.replace('#', number));
    const said = bar.querySelector('[data-said]');
    said.classList.toggle('yb-missing', missing > 0);
    said.textContent = missing ? say(words.one, words.many, missing) : words.nothing;
    bar.querySelector('[data-differs]').textContent =
      differs ? say(words.differsOne, words.differsMany, differs) : '';
  };
  form.addEventListener('input', count);
  form.addEventListener('change', count);
  count();
})();
