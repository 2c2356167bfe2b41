// What a tab asks, and what it shows.

import { paintTokens } from "./colors.js";
import { ask } from "./jobs.js";
import { ValueMap } from "./map.js";
import { watchPhotos } from "./photo.js";

const form = document.querySelector("#options");

function request() {
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    return { tab: form.dataset.tab, ...fields };
}

function explain() {
    ask(request(), show);
}

function set(name, value) {
    for (const field of form.elements) {
        if (field.name === name) field.value = value;
    }
}

async function show(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const result = template.content.firstElementChild;
    document.querySelector("#result").replaceWith(result);
    paintTokens(result);
    const maps = await Promise.all([...result.querySelectorAll("canvas")].map(ValueMap.load));
    const value = result.querySelector("#value");
    for (const map of maps) map.read((text) => (value.textContent = text));
    watchSliders(result, maps);
    watchSwipe(result);
    result.dataset.drawn = "true";
}

function watchSliders(result, maps) {
    const slider = (id, change) => {
        result.querySelector(id)?.addEventListener("input", (event) => {
            for (const map of maps) {
                change(map, Number(event.target.value));
                map.draw();
            }
        });
    };
    slider("#opacity", (map, value) => (map.opacity = value / 100));
    slider("#clip", (map, value) => (map.clip = value));
}

function watchSwipe(result) {
    const swipe = result.querySelector("#swipe");
    if (!swipe) return;
    const right = result.querySelector("#right-map");
    const move = () => (right.style.clipPath = `inset(0 0 0 ${swipe.value}%)`);
    swipe.addEventListener("input", move);
    move();
}

// The options that the chosen method takes.
function showOptions() {
    for (const select of form.querySelectorAll("[data-methods]")) {
        const { summary, options } = select.selectedOptions[0].dataset;
        const side = select.closest("fieldset") ?? form;
        for (const field of side.querySelectorAll("[data-option]")) {
            const isTaken = options.split(" ").includes(field.dataset.option);
            field.hidden = !isTaken;
            for (const control of field.querySelectorAll("select, input")) control.disabled = !isTaken;
        }
        const text = side.querySelector("#method-summary");
        if (text) text.textContent = summary;
    }
}

if (form) {
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        explain();
    });
    form.addEventListener("change", showOptions);
    showOptions();
    watchPhotos((photo) => {
        set("photo", photo);
        for (const name of ["class", "left-class", "right-class"]) set(name, "");
        explain();
    });
    document.addEventListener("click", (event) => {
        const button = event.target.closest("main button");
        if (!button) return;
        const { class: chosen, scene, word, action, frame } = button.dataset;
        if (chosen !== undefined) set(form.dataset.tab === "compare" ? "left-class" : "class", chosen);
        else if (scene !== undefined) changeScene(button, scene);
        else if (word !== undefined) set("word", word);
        else if (action !== undefined) set("action", action);
        else if (frame !== undefined) {
            set("frame", frame);
            set("action", "");
        } else return;
        explain();
    });
    document.addEventListener("change", (event) => {
        if (event.target.id === "question") explain();
    });
    if (form.dataset.tab !== "read") explain();
}

function changeScene(button, scene) {
    for (const other of document.querySelectorAll("[data-scene]")) {
        other.setAttribute("aria-pressed", String(other === button));
    }
    document.querySelector("#question")?.remove();
    set("word", "");
    set("scene", scene);
}
