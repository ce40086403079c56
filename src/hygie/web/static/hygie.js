// hygie: what pages gain from a script. Without it they work; charts are then pictures made by the server.
"use strict";
(() => {
  const root = document.documentElement;
  const language = root.lang === "fr" ? "fr" : "en";
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme === "dark" || (root.dataset.theme === "auto" && systemDark.matches);
  let runtime;

  // Charts -------------------------------------------------------------------------------------------------------
  function loadRuntime() {
    runtime ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = document.body.dataset.vega;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return runtime;
  }

  function widthOf(canvas) {
    const room = Math.floor((canvas.clientWidth - 8) / 10) * 10;
    return Math.max(300, Math.min(room, 1000));
  }

  async function draw(canvas, { print = false } = {}) {
    const width = widthOf(canvas);
    const dark = !print && isDark();
    const state = `${width}${dark}`;
    if (canvas.dataset.state === state) return;
    canvas.dataset.state = state;
    try {
      const inline = canvas.parentElement.querySelector('script[type="application/json"]');
      let spec;
      if (inline) {
        spec = JSON.parse(inline.textContent);
      } else {
        const address = new URL(canvas.dataset.chart, location.href);
        address.searchParams.set("width", width);
        if (dark) address.searchParams.set("theme", "dark");
        address.searchParams.set("lang", language);
        const answer = await fetch(address, { credentials: "same-origin" });
        if (!answer.ok) throw new Error(answer.status);
        spec = await answer.json();
      }
      await loadRuntime();
      const [numbers, dates] = window.hygieLocales[language];
      await window.vegaEmbed(canvas, spec, {
        ast: true, defaultStyle: false, actions: false, renderer: "svg", formatLocale: numbers, timeFormatLocale: dates,
        tooltip: { disableDefaultStyle: true },
      });
      canvas.classList.add("drawn");
      for (const part of canvas.querySelectorAll("[role], [aria-roledescription]")) {
        part.removeAttribute("role");
        part.removeAttribute("aria-roledescription");
        part.removeAttribute("aria-label");
      }
      canvas.querySelector("svg")?.setAttribute("aria-hidden", "true");
    } catch {
      const picture = new Image();
      picture.src = canvas.dataset.chart.replace(".json", ".svg");
      picture.alt = canvas.getAttribute("aria-label") ?? "";
      canvas.replaceChildren(picture);
    }
  }

  const canvases = [...document.querySelectorAll("[data-chart]")];
  if (canvases.length) {
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) {
          near.unobserve(entry.target);
          draw(entry.target);
        }
      }
    }, { rootMargin: "600px" });
    canvases.forEach((canvas) => near.observe(canvas));
    let waiting;
    const again = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => canvases.filter((canvas) => canvas.dataset.state).forEach((canvas) => draw(canvas)), 200);
    };
    addEventListener("resize", again);
    systemDark.addEventListener("change", again);
    addEventListener("beforeprint", () => canvases.forEach((canvas) => draw(canvas, { print: true })));
    addEventListener("afterprint", again);
  }

  // Forms that answer at once, lists that can be narrowed, dialogs ------------------------------------------------
  for (const form of document.querySelectorAll("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
  for (const field of document.querySelectorAll("[data-filter]")) {
    const rows = [...document.querySelectorAll(`#${CSS.escape(field.dataset.filter)} tbody tr`)];
    const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const texts = rows.map((row) => fold(row.textContent));
    field.addEventListener("input", () => {
      const words = fold(field.value).split(/\s+/);
      rows.forEach((row, index) => { row.hidden = !words.every((word) => texts[index].includes(word)); });
    });
  }
  for (const opener of document.querySelectorAll("[data-dialog]")) {
    const dialog = document.getElementById(opener.dataset.dialog);
    opener.addEventListener("click", (event) => { event.preventDefault(); dialog.showModal(); });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.help[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll("details.help[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });

  // Tabs that do not fit are one line that scrolls: the chosen one comes into view.
  for (const chosen of document.querySelectorAll(".tabs [aria-current]")) {
    const line = chosen.closest("ul");
    line.scrollLeft = chosen.offsetLeft - line.offsetLeft - (line.clientWidth - chosen.offsetWidth) / 2;
  }

  // A form whose answer is a part of its own page (data-live names it): asked for at each change, put in its place.
  for (const form of document.querySelectorAll("form[data-live]")) {
    let waiting, asked = 0;
    const ask = async () => {
      const turn = ++asked;
      const address = new URL(form.action, location.href);
      address.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString();
      address.hash = "";
      try {
        const answer = await fetch(address, { credentials: "same-origin" });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const part = page.getElementById(form.dataset.live);
        if (!answer.ok || !part || turn !== asked) return;
        document.getElementById(form.dataset.live).replaceChildren(...part.childNodes);
        for (const field of form.querySelectorAll("input[id]")) {
          const wrong = page.getElementById(field.id)?.closest(".field")?.classList.contains("wrong") ?? false;
          field.closest(".field")?.classList.toggle("wrong", wrong);
        }
        history.replaceState(null, "", address);
      } catch { /* The button still asks. */ }
    };
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 200); });
  }

  // Days of an event: the slider and the links show a day in place; without script they load the page for it --------
  for (const form of document.querySelectorAll("form[data-days]")) {
    const slider = form.querySelector("input[type=range]");
    const title = form.querySelector("output");
    const place = document.getElementById("day-state");
    const play = form.querySelector("[data-play]");
    let asked = 0, waiting, timer;
    const show = async (day) => {
      const mine = ++asked;
      place.classList.add("waiting");
      try {
        const answer = await fetch(`${form.dataset.days}${day}`, { credentials: "same-origin" });
        if (!answer.ok) throw new Error(answer.status);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (mine !== asked) return;
        const name = page.querySelector("[data-day-title]").dataset.dayTitle;
        place.replaceChildren(...page.body.childNodes);
        slider.value = day;
        slider.setAttribute("aria-valuetext", name);
        title.value = name;
        for (const link of document.querySelectorAll(".presets a[data-day]")) {
          if (link.dataset.day === String(day)) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
      } catch {
        stop();
        form.submit();
      } finally {
        if (mine === asked) place.classList.remove("waiting");
      }
    };
    const begin = play?.textContent;
    const stop = () => {
      clearInterval(timer);
      timer = undefined;
      if (play) play.textContent = begin;
    };
    slider.addEventListener("input", () => {
      stop();
      clearTimeout(waiting);
      waiting = setTimeout(() => show(slider.value), 120);
    });
    form.addEventListener("submit", (event) => { event.preventDefault(); show(slider.value); });
    form.closest("section").addEventListener("click", (event) => {
      const link = event.target.closest("a[data-day]");
      if (!link) return;
      event.preventDefault();
      stop();
      const side = link.rel;
      show(link.dataset.day).then(() => { if (side) place.querySelector(`a[rel=${side}]`)?.focus(); });
    });
    if (play) {
      play.hidden = false;
      play.addEventListener("click", () => {
        if (timer) { stop(); return; }
        if (slider.value === slider.max) slider.value = slider.min;
        play.textContent = play.dataset.stop;
        timer = setInterval(() => {
          if (slider.value === slider.max) stop();
          else show(Number(slider.value) + 1);
        }, 900);
      });
    }
  }

  // Progress of a job: data-progress is the address of its events; each is JSON with share (0 to 1), text and done --
  for (const place of document.querySelectorAll("[data-progress]")) {
    const source = new EventSource(place.dataset.progress);
    const bar = place.querySelector("progress");
    const words = place.querySelector("[data-progress-text]");
    source.onmessage = (event) => {
      const news = JSON.parse(event.data);
      if (bar && typeof news.share === "number") bar.value = news.share;
      if (words && news.text) words.textContent = news.text;
      if (news.done) {
        source.close();
        location.assign(place.dataset.done || location.href);
      }
    };
  }
})();
