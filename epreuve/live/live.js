// Reloads the page in place when it changed; shows problems in a corner.
(() => {
  const here = () => {
    const path = decodeURIComponent(location.pathname).replace(/^\//, "").replace(/\.html$/, "");
    return path === "" || path.endsWith("/") ? path + "index" : path;
  };
  const key = "epreuve-live" + location.pathname;
  const saved = sessionStorage.getItem(key);
  if (saved !== null && !window.Reveal) {
    sessionStorage.removeItem(key);
    const scroll = () => window.scrollTo({ top: Number(saved), behavior: "instant" });
    scroll();
    addEventListener("load", scroll);
  }
  const box = document.createElement("pre");
  box.setAttribute("role", "status");
  box.style.cssText =
    "position:fixed;right:1rem;bottom:1rem;max-width:44rem;max-height:45vh;overflow:auto;z-index:9999;margin:0;" +
    "padding:.8rem 1rem;background:#7a1f00;color:#fff;font:13px/1.45 monospace;white-space:pre-wrap;border-radius:6px";
  box.hidden = true;
  document.body.append(box);
  const show = (problems) => {
    box.hidden = !problems.length;
    box.textContent = problems.map((p) => p.text).join("\n\n");
  };
  const listen = () => {
    const source = new EventSource("/epreuve-live");
    source.onmessage = (message) => {
      const news = JSON.parse(message.data);
      show(news.problems || []);
      if ((news.pages || []).includes(here()) || news.all) {
        sessionStorage.setItem(key, String(scrollY));
        location.reload();
      }
    };
  };
  listen();
})();
