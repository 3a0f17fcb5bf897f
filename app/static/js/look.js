// Shows name, colour and logo on the little sheet of paper while they are chosen. Without it the
// sheet shows what is saved.
(() => {
  'use strict';
  const form = document.getElementById('look');
  const sheet = document.querySelector('.yb-look');
  if (!form || !sheet) return;
  const { company, colour, logo } = form.elements;
  const name = sheet.querySelector('[data-company]');
  const mark = sheet.querySelector('[data-logo]');
  colour.addEventListener('input', () => {
    const wanted = colour.value.trim() || colour.placeholder;
    if (/^#[0-9a-f]{6}$/i.test(wanted)) sheet.style.setProperty('--look', wanted);
  });
  company.addEventListener('input', () => {
    name.textContent = company.value.trim() || name.dataset.company;
  });
  logo.addEventListener('change', () => {
    const file = logo.files[0];
    if (!file || !['image/png', 'image/jpeg'].includes(file.type)) return;
    const reader = new FileReader();
    reader.addEventListener('load', () => {
      const picture = new Image();
      picture.alt = mark.dataset.logo;
      picture.src = reader.result;
      mark.replaceChildren(picture);
    });
    reader.readAsDataURL(file);
  });
})();
