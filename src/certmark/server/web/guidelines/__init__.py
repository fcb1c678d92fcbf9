"""Pages on guidelines: what clouds must do, who asks for it, how it changed, and what a draft would change."""
