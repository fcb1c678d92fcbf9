"use strict";
// Addresses of a RefStack site have their path behind #, which no server is told: ask for where that is now.
if (location.hash.startsWith("#/")) {
  const form = document.querySelector("form");
  location.replace(`${form.action}?address=${encodeURIComponent(location.hash)}`);
}
