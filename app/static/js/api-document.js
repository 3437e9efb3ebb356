// The page to read and try the API: swagger-ui from our own copy, nothing fetched from outside.
const place = document.getElementById("api-document");
const script = document.createElement("script");
script.src = place.dataset.bundle;
script.addEventListener("load", () => {
  window.SwaggerUIBundle({ url: place.dataset.document, domNode: place, deepLinking: false, persistAuthorization: true, tryItOutEnabled: true });
});
document.head.append(script);
