// The word of an invitation stands behind # in its link, which no server is told: fill it in.
const word = document.querySelector("#form-word");
if (word && location.hash.startsWith("#cmi_")) word.value = location.hash.slice(1);
