"""The page that shows how a network sees one video: `vidsense explain`."""
