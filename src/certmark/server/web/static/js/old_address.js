// Addresses of a RefStack site have their path behind #, which no server is told: ask for where that is now.
if (location.hash.startsWith("#/")) {
  const { content } = document.querySelector('meta[name="old-address"]');
  location.replace(`${content}?address=${encodeURIComponent(location.hash)}`);
}
