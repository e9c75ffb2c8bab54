"""In: a prompt of texts and pictures. Out: words, from whichever local model stands behind the seam."""
