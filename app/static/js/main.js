// The console's scripts, each a small module that does nothing on pages without its parts.
import "baiye/menu";
import "baiye/drop";
import "baiye/theme";
import "baiye/toast";
import "baiye/modal";
import "baiye/form";
import "baiye/lookup";
import "baiye/list";
import "baiye/palette";
import "baiye/copy";
import "baiye/keep";
import "baiye/progress";

const PARTS = {
  "[data-board]": () => import("baiye/board"),
  "[data-edit]": () => import("baiye/cell"),
  "[data-for-category]": () => import("baiye/category"),
  "[data-chart]": () => import("baiye/chart"),
  "[data-chat]": () => import("baiye/chat"),
  "[data-dining-menu]": () => import("baiye/dining-menu"),
  "[data-review]": () => import("baiye/review"),
  "[data-notice-preview]": () => import("baiye/notice"),
  "[data-pictures]": () => import("baiye/pictures"),
  "[data-recon]": () => import("baiye/recon"),
  "[data-redeem]": () => import("baiye/redeem"),
  "[data-refresh]": () => import("baiye/refresh"),
  "[data-report-preview]": () => import("baiye/report"),
  "[data-rooms]": () => import("baiye/rooms"),
  "[data-rows-form]": () => import("baiye/rows"),
  "[data-tabs]": () => import("baiye/tabs"),
  "[data-tasks]": () => import("baiye/tasks"),
};

// `data-ready` on the page says that everything it has answers to the person.
const found = Object.entries(PARTS).filter(([part]) => document.querySelector(part)).map(([, load]) => load());
Promise.allSettled(found).then(() => { document.documentElement.dataset.ready = ""; });
