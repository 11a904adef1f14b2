// Before anything is painted: the theme that was chosen here before.
const chosen = localStorage.getItem("theme");
if (chosen) document.documentElement.dataset.theme = chosen;
