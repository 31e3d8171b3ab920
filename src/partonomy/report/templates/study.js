"use strict";
(() => {
  const study = document.body.dataset.study;
  const draft = `partonomy-study-${study}`;
  const element = (id) => document.getElementById(id);
  const judge = element("judge");
  const pairs = [...document.querySelectorAll(".pair")].map((box) => ({
    box,
    name: box.dataset.name,
    kinds: [...box.querySelectorAll("input[type=radio]")],
    part: box.querySelector("input[type=text]"),
  }));

  const chosen = (pair) => pair.kinds.find((each) => each.checked)?.value;

  /** What is said of a pair; null until it is said in full. */
  function answer(pair) {
    const kind = chosen(pair);
    const part = pair.part.value.trim();
    if (kind === "part") return part ? { kind, part } : null;
    return kind ? { kind } : null;
  }

  function content() {
    const said = pairs.map((pair) => [pair.name, answer(pair)]).filter(([, each]) => each);
    return { study, judge: judge.value.trim(), answers: Object.fromEntries(said) };
  }

  function fill(saved) {
    judge.value = saved.judge;
    for (const pair of pairs) {
      const said = saved.answers[pair.name];
      for (const each of pair.kinds) each.checked = each.value === said?.kind;
      pair.part.value = said?.part ?? "";
    }
    count();
  }

  function count() {
    for (const pair of pairs) pair.box.classList.toggle("judged", answer(pair) !== null);
    const judged = pairs.filter(answer).length;
    element("progress").value = judged;
    element("count").textContent = `${judged} of ${pairs.length} judged`;
  }

  function say(text) {
    element("said").textContent = text;
  }

  function keep() {
    count();
    try {
      localStorage.setItem(draft, JSON.stringify(content()));
      say("");
    } catch {
      say("This browser keeps no draft: save your answers before you leave.");
    }
  }

  /** The answers of a file's text, or an error that says why they are none. */
  function read(text, name) {
    let saved;
    try {
      saved = JSON.parse(text);
    } catch {
      throw new Error(`${name} holds no answers.`);
    }
    if (typeof saved?.judge !== "string" || typeof saved.answers !== "object" || !saved.answers)
      throw new Error(`${name} holds no answers.`);
    if (saved.study !== study) throw new Error(`${name} is of another study.`);
    return saved;
  }

  function save() {
    if (!judge.value.trim()) {
      say("Give your name first: it tells your answers from those of others.");
      judge.focus();
      return;
    }
    const said = content();
    const name = said.judge.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || "judge";
    const url = URL.createObjectURL(
      new Blob([JSON.stringify(said, null, 2), "\n"], { type: "application/json" }),
    );
    const link = document.createElement("a");
    link.href = url;
    link.download = `answers-${name}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    const judged = Object.keys(said.answers).length;
    say(`${judged} of ${pairs.length} answers saved as ${link.download}.`);
  }

  async function open(event) {
    const [file] = event.target.files;
    if (!file) return;
    try {
      fill(read(await file.text(), file.name));
      keep();
      say(`${file.name} is opened.`);
    } catch (error) {
      say(error.message);
    }
    event.target.value = ""; // so that the same file can be opened again
  }

  function next() {
    const pair = pairs.find((each) => answer(each) === null);
    if (!pair) return say("All are judged.");
    const nameless = chosen(pair) === "part";
    (nameless ? pair.part : pair.kinds[0]).focus({ preventScroll: true });
    pair.box.scrollIntoView({ block: "start" });
    say(nameless ? "Name the part, too." : "");
  }

  for (const pair of pairs) {
    pair.part.addEventListener("input", () => {
      if (pair.part.value) pair.kinds.find((each) => each.value === "part").checked = true;
    });
  }
  document.addEventListener("input", (event) => {
    if (event.target.id !== "open") keep();
  });
  element("save").addEventListener("click", save);
  element("open").addEventListener("change", open);
  element("next").addEventListener("click", next);
  try {
    const kept = localStorage.getItem(draft);
    if (kept) fill(read(kept, "The draft"));
  } catch {
    say("The draft that this browser kept could not be read.");
  }
})();
