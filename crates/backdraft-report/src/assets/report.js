for (const slider of document.querySelectorAll("input[data-layers]")) {
  const layers = document.getElementById(slider.dataset.layers);
  const output = slider.parentElement.querySelector("output");
  slider.parentElement.hidden = false;
  slider.closest("fieldset").hidden = false;
  slider.addEventListener("input", () => {
    layers.style.opacity = slider.value / 100;
    output.textContent = slider.value + "%";
  });
}
