// The SHA-256 of a file of one's own, computed here: the file is not sent anywhere.
const place = document.querySelector("#drop"), form = document.querySelector("#which");
if (place && form && crypto.subtle) {
  place.hidden = false;
  const take = async (file) => {
    if (!file) return;
    document.querySelector("#said").textContent = "Reading…";
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    form.run.value = [...digest].map((one) => one.toString(16).padStart(2, "0")).join("");
    form.submit();
  };
  document.querySelector("#picked").addEventListener("change", (event) => take(event.target.files[0]));
  place.addEventListener("dragover", (event) => event.preventDefault());
  place.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files[0]); });
}
