// Sets the theme before the first paint: the one chosen earlier on this page, else the system's.
const dark = matchMedia("(prefers-color-scheme: dark)");
const setTheme = () => (document.documentElement.dataset.theme = localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light"));
setTheme();
dark.addEventListener("change", setTheme);
