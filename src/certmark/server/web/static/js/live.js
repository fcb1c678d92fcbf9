// A run that goes on, or waits to be read: what changes on its page is fetched anew now and then.
const part = document.querySelector("[data-live]");
async function look() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.querySelector("[data-live]");
  if (!answer.ok || !next) { location.reload(); return; }
  part.innerHTML = next.innerHTML;
  if (next.dataset.live !== "over") { setTimeout(look, 5000); }
}
if (part && part.dataset.live !== "over") { setTimeout(look, 5000); }
