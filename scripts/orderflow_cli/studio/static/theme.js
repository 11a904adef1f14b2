// Before anything is painted: the theme that was chosen here before, else the system's.
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => (document.documentElement.dataset.theme = localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light"));
paint();
dark.addEventListener("change", paint);
