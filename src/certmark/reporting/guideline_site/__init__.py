"""Guidelines as a static site: pages for people, in HTML or Markdown, that need no server and no script."""
