package frontend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/templates"
)

func (f *fake) contractRoutes() {
	f.handle("GET /v1/templates", func(w http.ResponseWriter, _ *http.Request, _ *fakePerson) {
		var items []map[string]any
		for _, t := range templates.List() {
			items = append(items, viewOf(t))
		}
		function.WriteJSON(w, http.StatusOK, map[string]any{"items": items})
	})
	f.handle("GET /v1/templates/{name}", func(w http.ResponseWriter, r *http.Request, _ *fakePerson) {
		t, found := templates.Find(r.PathValue("name"))
		if !found {
			refuse(w, http.StatusNotFound, "There is no such template.")
			return
		}
		function.WriteJSON(w, http.StatusOK, viewOf(t))
	})
	f.handle("GET /v1/contracts", f.list)
	f.handle("POST /v1/contracts", f.create)
	f.one("GET /v1/contracts/{id}", f.show)
	f.one("GET /v1/contracts/{id}/history", func(w http.ResponseWriter, _ *http.Request, c *fakeContract) {
		function.WriteJSON(w, http.StatusOK, map[string]any{"items": c.history})
	})
	f.one("GET /v1/contracts/{id}/document", func(w http.ResponseWriter, r *http.Request, c *fakeContract) {
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = w.Write(smallPDF(c.Title + " (" + r.URL.Query().Get("version") + ")"))
	})
	f.one("POST /v1/contracts/{id}/signing-link", func(w http.ResponseWriter, r *http.Request, c *fakeContract) {
		function.WriteJSON(w, http.StatusOK, map[string]string{"url": f.own + "/signing/" + c.ID + "/" + f.caller(r).ID})
	})
	for action, to := range map[string]string{"send": "preparing", "cancel": "cancelled", "remind": "", "retry": ""} {
		f.one("POST /v1/contracts/{id}/"+action, func(w http.ResponseWriter, _ *http.Request, c *fakeContract) {
			c.Attention, c.Troubles = "", nil
			if to != "" {
				c.Status, c.steps = to, 0
			}
			c.note(f.now(), "person:u-claire", "action."+action, nil)
			function.WriteJSON(w, http.StatusAccepted, f.seen(c, "manager"))
		})
	}
}

// one adds a call on one contract, which has to exist and be the caller's.
func (f *fake) one(pattern string, answer func(http.ResponseWriter, *http.Request, *fakeContract)) {
	f.handle(pattern, func(w http.ResponseWriter, r *http.Request, who *fakePerson) {
		c := f.find(r.PathValue("id"))
		if c == nil || (who.Contract != "" && who.Contract != c.ID) {
			refuse(w, http.StatusNotFound, "There is no such thing, or it is not yours.")
			return
		}
		answer(w, r, c)
	})
}

func (f *fake) find(id string) *fakeContract {
	i := slices.IndexFunc(f.contracts, func(c *fakeContract) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return f.contracts[i]
}

func viewOf(t templates.Template) map[string]any {
	return map[string]any{
		"name": t.Name, "version": t.Version, "ref": t.Ref(), "title": t.Title, "summary": t.Summary, "languages": t.Languages,
		"signers": t.Signers, "schema": t.Schema, "example": t.Example(),
	}
}

const fakePageSize = 6

func (f *fake) list(w http.ResponseWriter, r *http.Request, who *fakePerson) {
	q := r.URL.Query()
	found := []fakeContract{}
	for _, c := range f.contracts {
		text := strings.ToLower(c.Title + " " + c.Signers[0].FirstName + " " + c.Signers[0].LastName)
		if (q.Get("status") == "" || c.Status == q.Get("status")) && (q.Get("attention") == "" || c.Attention != "") && c.hasCause(q.Get("cause")) &&
			strings.Contains(text, strings.ToLower(q.Get("q"))) && (who.Role != "customer" || who.Verified && c.ID == "website") {
			found = append(found, f.seen(c, who.Role))
		}
	}
	from := 0
	_, _ = fmt.Sscanf(q.Get("cursor"), "after-%d", &from)
	answer := map[string]any{}
	if to := from + fakePageSize; to < len(found) {
		answer["next"] = fmt.Sprintf("after-%d", to)
		found = found[:to]
	}
	answer["items"] = found[from:]
	function.WriteJSON(w, http.StatusOK, answer)
}

func (f *fake) show(w http.ResponseWriter, r *http.Request, c *fakeContract) {
	f.step(c)
	etag := fmt.Sprintf(`"%d"`, c.Version)
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	function.WriteJSON(w, http.StatusOK, f.seen(c, f.caller(r).Role))
}

// create makes a contract, once for each key, and refuses what its template does.
func (f *fake) create(w http.ResponseWriter, r *http.Request, who *fakePerson) {
	key := r.Header.Get("Idempotency-Key")
	if made := f.answered[key]; made != nil {
		function.WriteJSON(w, http.StatusCreated, f.seen(made, who.Role))
		return
	}
	c := &fakeContract{}
	d := json.NewDecoder(r.Body)
	if err := d.Decode(c); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if wrong := invalid(c); len(wrong) > 0 {
		refuse(w, http.StatusUnprocessableEntity, "Some fields cannot be taken as they are.", wrong...)
		return
	}
	f.creations++
	c.ID, c.Status, c.Version = fmt.Sprintf("made%d", f.creations), "draft", 1
	c.Owner = map[string]string{"id": who.ID, "name": who.Name}
	c.CreatedAt, c.UpdatedAt = f.now(), f.now()
	for i := range c.Signers {
		c.Signers[i].ID, c.Signers[i].State = fmt.Sprintf("s%d", i+1), "waiting"
	}
	c.note(f.now(), "person:"+who.ID, "contract.drafted", nil)
	f.answered[key] = c
	f.contracts = append([]*fakeContract{c}, f.contracts...)
	w.Header().Set("Location", "/v1/contracts/"+c.ID)
	function.WriteJSON(w, http.StatusCreated, f.seen(c, who.Role))
}

func invalid(c *fakeContract) []function.FieldError {
	var wrong []function.FieldError
	for i, s := range c.Signers {
		if strings.HasSuffix(s.Email, "@refused.example") {
			wrong = append(wrong, function.FieldError{Field: fmt.Sprintf("signers[%d].email", i), Reason: "takes no mail"})
		}
	}
	t, found := templates.Find(c.Template)
	if !found {
		return append(wrong, function.FieldError{Field: "template", Reason: "is unknown"})
	}
	for _, e := range t.Check(c.Data) {
		wrong = append(wrong, function.FieldError{Field: "data." + e.Field, Reason: e.Reason})
	}
	return wrong
}

// signingPage is what stands in for the signature service's hosted page.
func (f *fake) signingPage() {
	f.mux.HandleFunc("GET /signing/{contract}/{signer}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<title>Signing</title><form method="post"><button id="confirm">Sign with the code</button></form><a href="%s/sign">back</a>`, f.pages)
	})
	f.mux.HandleFunc("POST /signing/{contract}/{signer}", func(w http.ResponseWriter, r *http.Request) {
		c := f.find(r.PathValue("contract"))
		c.confirming = r.PathValue("signer")
		http.Redirect(w, r, f.pages+"/sign", http.StatusSeeOther)
	})
}
