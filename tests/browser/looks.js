// Looks at a page: each gives a list of what is wrong, in words that name the element.
globalThis.looks = (() => {
  const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex]";
  const PRESSES = { date: 4 }; // day, month, year and the calendar, inside one field
  const SURROUNDINGS = 3; // a card or a choice may carry the outline of the link or field in it
  const every = (selector) => [...document.querySelectorAll(selector)];
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const named = (element) => {
    const mark = element.id ? `#${element.id}` : element.className.baseVal ?? element.className;
    return `<${element.tagName.toLowerCase()} ${mark}> ${(element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40)}`;
  };
  const around = (element) => {
    const chain = [];
    for (let at = element; at && chain.length <= SURROUNDINGS; at = at.parentElement) chain.push(at);
    return chain;
  };

  // Radio buttons of one name are one stop: the chosen one, or else the first.
  const stops = () => {
    const radios = new Set();
    return every(CONTROLS).filter((element) => {
      if (!seen(element) || element.disabled || element.tabIndex < 0) return false;
      if (element.type !== "radio") return true;
      const chosen = document.querySelector(`input[name="${element.name}"]:checked`);
      if ((chosen && chosen !== element) || radios.has(element.name)) return false;
      radios.add(element.name);
      return true;
    });
  };

  const mayScroll = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const scrolls = ["auto", "scroll"].includes(getComputedStyle(at).overflowX);
      const label = at.getAttribute("aria-label") || document.getElementById(at.getAttribute("aria-labelledby"));
      if (scrolls && at.tabIndex === 0 && label) return true;
    }
    return false;
  };

  // What a reader cannot get at: it lies beyond the edge, or its box hides the rest of it.
  const cutOff = (element) => {
    const style = getComputedStyle(element);
    const hidesX = style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    const hidesY = ["hidden", "clip"].includes(style.overflowY) && element.scrollHeight > element.clientHeight + 1;
    return element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 || hidesX || hidesY;
  };
  const lost = (allowed) =>
    every("body *").filter((element) => seen(element) && cutOff(element) && !allowed(element)).map(named);

  const outline = (element) => {
    const style = getComputedStyle(element);
    const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 && !/, 0\)$/.test(style.outlineColor);
    return `${drawn ? `${style.outlineStyle} ${style.outlineWidth} ${style.outlineColor}` : ""}|${style.boxShadow}`;
  };

  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0.5) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  // As WCAG 2 counts it: relative luminances, 1 to 21.
  const luminance = (colour) => {
    const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = parts(colour).map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const sizes = new Map();
  const WORDS = "p, li, dt, dd, td, th, label, legend, a, code, summary, button, select";
  const size = (element) => parseFloat(getComputedStyle(element).fontSize);

  // What is folded together is read too.
  every("details").forEach((folded) => { folded.open = true; });

  return {
    sideways: () => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const page = scrollWidth > clientWidth ? [`the page is ${scrollWidth} px wide in ${clientWidth}`] : [];
      return [...page, ...lost(mayScroll)];
    },
    cutOffOnPaper: () => lost(() => false),
    enlarge: () => {
      every(WORDS).forEach((element) => sizes.set(element, size(element)));
      document.documentElement.style.fontSize = "200%";
      return every(WORDS).filter((element) => seen(element) && size(element) < 1.99 * sizes.get(element)).map(named);
    },
    listen: () => {
      const before = new Map(stops().map((stop) => [stop, around(stop).map(outline).join()]));
      globalThis.walk = [];
      addEventListener("focusin", ({ target }) => {
        const changed = around(target).map(outline).join() !== before.get(target);
        globalThis.walk.push({ target, changed });
      });
      return [...before.keys()].flatMap((stop) => Array(PRESSES[stop.type] ?? 1).fill(named(stop)));
    },
    // The first stop, where the first press of Tab leads.
    begin: () => stops()[0]?.focus(),
    leadsAway: () => stops().slice(0, 1).filter((stop) => !stop.matches("a[href^='#']")).map(named),
    choose: () => document.querySelector("input[type=radio]")?.click(),
    restore: () => {
      document.documentElement.removeAttribute("style");
      document.querySelectorAll("form").forEach((form) => form.reset());
    },
    walked: () => {
      const expected = stops();
      const walk = globalThis.walk;
      const order = expected.filter((stop, i) => walk[i]?.target !== stop);
      return [
        ...order.map((stop) => `not reached in its turn: ${named(stop)}`),
        ...walk.slice(0, expected.length).filter((step) => !step.changed).map((step) => `focus is not seen: ${named(step.target)}`),
        ...walk.slice(expected.length).filter((step) => step.target !== expected[0]).map((step) => `a trap: ${named(step.target)}`),
      ];
    },
    focusOutside: (selector) => {
      const at = document.activeElement;
      return at !== document.body && !at.closest(selector) ? [named(at)] : [];
    },
    focusOffScreen: () => {
      const { left, top, right, bottom } = document.activeElement.getBoundingClientRect();
      return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight ? [named(document.activeElement)] : [];
    },
    beforeMain: () => {
      const main = document.querySelector("main");
      return stops().filter((stop) => stop.compareDocumentPosition(main) & Node.DOCUMENT_POSITION_FOLLOWING).map(named);
    },
    // Where a page keeps its own colours although the reader has chosen others, the two may meet badly.
    faded: () =>
      every("body *")
        .filter((element) => seen(element) && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .filter((element) => contrast(getComputedStyle(element).color, ground(element)) < 4.5)
        .map(named),
    edgeless: () =>
      every("button, .knapp, select, textarea, input:not([type=radio]):not([type=checkbox])")
        .filter((element) => seen(element) && parseFloat(getComputedStyle(element).borderTopWidth) === 0)
        .map(named),
    wordless: () =>
      every("svg, img, canvas, meter, progress")
        .filter((element) => !element.getAttribute("aria-label") && !element.getAttribute("alt") && !element.parentElement.innerText.trim())
        .map((element) => named(element.parentElement)),
    moving: () =>
      every("body, body *")
        .filter((element) => {
          const { animationName, transitionDuration } = getComputedStyle(element);
          return animationName !== "none" || transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
        })
        .map(named),
    ways: () => every("nav, .hopp").filter(seen).map(named),
    headings: () => every("h1, h2, h3, h4, h5, h6").filter((heading) => seen(heading)).map((heading) => heading.tagName),
  };
})();
