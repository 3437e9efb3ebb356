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

if (document.querySelector("[data-board]")) import("baiye/board");
if (document.querySelector("[data-edit]")) import("baiye/cell");
if (document.querySelector("[data-for-category]")) import("baiye/category");
if (document.querySelector("[data-chart]")) import("baiye/chart");
if (document.querySelector("[data-dining-menu]")) import("baiye/dining-menu");
if (document.querySelector("[data-review]")) import("baiye/review");
if (document.querySelector("[data-notice-preview]")) import("baiye/notice");
if (document.querySelector("[data-pictures]")) import("baiye/pictures");
if (document.querySelector("[data-report-preview]")) import("baiye/report");
if (document.querySelector("[data-rows-form]")) import("baiye/rows");
if (document.querySelector("[data-tabs]")) import("baiye/tabs");
if (document.querySelector("[data-tasks]")) import("baiye/tasks");
