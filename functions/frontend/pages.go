package frontend

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

//go:embed pages
var files embed.FS

// pageRoutes are the addresses that a person may open, and the page that shows each. The staff's pages are one
// document that changes its content, so that the access token never has to leave memory; the signer's is its own,
// so that a phone loads little.
var pageRoutes = map[string]string{
	"GET /{$}":            "index.html",
	"GET /contracts":      "index.html",
	"GET /contracts/{id}": "index.html", // "new" among them
	"GET /address":        "index.html",
	"GET /users":          "index.html",
	"GET /stuck":          "index.html",
	"GET /attention":      "index.html",
	"GET /sign":           "sign.html",
	"GET /favicon.ico":    "favicon.svg",
	"GET /robots.txt":     "robots.txt",
}

// mediaTypes is fixed here because Go's table depends on the machine it runs on, and nosniff makes a wrong one fatal.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
}

// file is one embedded file. It is read at its first use: a cold start does not wait for it.
type file struct {
	mediaType string
	read      func() reading
}

// reading is what a file holds.
type reading struct {
	content []byte
	etag    string // strong: of the bytes
}

// pages answers with the embedded files.
type pages struct {
	mux     *http.ServeMux
	missing file
}

// newPages finds every embedded file. It fails if a screen has no page, or a file no media type.
func newPages() (*pages, error) {
	all, err := load()
	if err != nil {
		return nil, err
	}
	p := &pages{mux: http.NewServeMux(), missing: all["missing.html"]}
	for name, f := range all {
		if dir := path.Dir(name); dir != "." {
			p.mux.Handle("GET /"+name, f)
		}
	}
	p.mux.Handle("GET /favicon.svg", all["favicon.svg"])
	for pattern, name := range pageRoutes {
		f, found := all[name]
		if !found {
			return nil, fmt.Errorf("the page %s of %q is not embedded", name, pattern)
		}
		p.mux.Handle(pattern, f)
	}
	return p, nil
}

func load() (map[string]file, error) {
	all := map[string]file{}
	err := fs.WalkDir(files, "pages", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		mediaType, known := mediaTypes[path.Ext(name)]
		if !known {
			return fmt.Errorf("the page %s has no media type", name)
		}
		all[name[len("pages/"):]] = file{mediaType: mediaType, read: sync.OnceValue(func() reading { return read(name) })}
		return nil
	})
	return all, err
}

func read(name string) reading {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is part of the program, and was found
	}
	if path.Ext(name) == ".html" {
		content = bytes.ReplaceAll(content, []byte("{{version}}"), []byte(html.EscapeString(shownVersion())))
	}
	sum := sha256.Sum256(content)
	return reading{content, `"` + hex.EncodeToString(sum[:16]) + `"`}
}

// shownVersion is the release as the pages' foot shows it: nothing where nobody knows.
func shownVersion() string {
	if v := function.Version(); v != "unknown" {
		return v
	}
	return ""
}

// ServeHTTP answers with a page, with 404 and a page that leads back, or with 405: nothing is ever written here.
func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	handler, pattern := p.mux.Handler(r)
	if pattern == "" {
		p.notFound(w, r)
		return
	}
	handler.ServeHTTP(w, r)
}

func (p *pages) notFound(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", p.missing.mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNotFound)
	if r.Method == http.MethodGet {
		_, _ = w.Write(p.missing.read().content) //#nosec G705 -- an embedded page; the client may be gone; there is nobody else to tell
	}
}

// ServeHTTP answers with the file, or 304 if the browser has it. "no-cache" means: keep it and ask each time
// (RFC 9111 §5.2.2.4), so that a page and its modules are always of one release.
func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	held := f.read()
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", held.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(held.content))
}
