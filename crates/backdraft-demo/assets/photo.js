// Photos of visitors: chosen, dropped or pasted.

import { fail } from "./jobs.js";

// A server that is sent too much closes the connection while a browser still sends, and its sentence is lost.
async function send(file, limit) {
    if (file.size > limit) throw new Error(`This photo is too large: at most ${Math.floor(limit / 2 ** 20)} MB are taken.`);
    const form = new FormData();
    form.append("photo", file);
    const answer = await fetch("/photos", { method: "POST", body: form });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()).photo;
}

// Calls back with the name of every photo that is chosen.
export function watchPhotos(onPhoto) {
    const drop = document.querySelector("#drop");
    if (!drop) return;
    const input = drop.querySelector("#photo");
    const press = (name) => {
        for (const button of drop.querySelectorAll("[data-sample]")) {
            button.setAttribute("aria-pressed", String(button.dataset.sample === name));
        }
    };
    const take = async (files) => {
        const [file] = files;
        if (!file) return;
        try {
            const name = await send(file, Number(input.dataset.limit));
            press(name);
            onPhoto(name);
        } catch (problem) {
            fail(problem.message);
        }
    };
    input.addEventListener("change", (event) => take(event.target.files));
    for (const kind of ["dragenter", "dragover"]) {
        drop.addEventListener(kind, (event) => {
            event.preventDefault();
            drop.classList.add("over");
        });
    }
    for (const kind of ["dragleave", "drop"]) {
        drop.addEventListener(kind, () => drop.classList.remove("over"));
    }
    drop.addEventListener("drop", (event) => {
        event.preventDefault();
        take(event.dataTransfer.files);
    });
    document.addEventListener("paste", (event) => {
        if (event.clipboardData.files.length > 0) take(event.clipboardData.files);
    });
    for (const button of drop.querySelectorAll("[data-sample]")) {
        button.addEventListener("click", () => {
            press(button.dataset.sample);
            onPhoto(button.dataset.sample);
        });
    }
}
