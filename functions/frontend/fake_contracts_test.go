package frontend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/templates"
)

func (f *fake) contractRoutes() {
	f.handle("GET /v1/templates", fakeStaff, func(w http.ResponseWriter, _ *http.Request, _ *fakePerson) {
		items := []map[string]any{}
		for _, t := range templates.List() {
			one := viewOf(t)
			delete(one, "example")
			items = append(items, one)
		}
		function.WriteJSON(w, http.StatusOK, map[string]any{"items": items})
	})
	f.handle("GET /v1/templates/{name}", fakeStaff, func(w http.ResponseWriter, r *http.Request, _ *fakePerson) {
		t, found := templates.Find(r.PathValue("name"))
		if !found {
			refuse(http.StatusNotFound, "There is no such template.")
		}
		function.WriteJSON(w, http.StatusOK, viewOf(t))
	})
	f.handle("GET /v1/contracts", fakeAccounts, f.list)
	f.handle("POST /v1/contracts", "manager", f.create)
	f.one("GET /v1/contracts/{id}", fakeEveryone, f.show)
	f.one("GET /v1/contracts/{id}/history", fakeEveryone, func(w http.ResponseWriter, _ *http.Request, _ *fakePerson, c *fakeContract) {
		function.WriteJSON(w, http.StatusOK, map[string]any{"items": c.history})
	})
	f.one("GET /v1/contracts/{id}/document", fakeEveryone, f.document)
	f.one("POST /v1/contracts/{id}/signing-link", fakeEveryone, func(w http.ResponseWriter, _ *http.Request, who *fakePerson, c *fakeContract) {
		if who.Role != "signer" && who.Role != "customer" {
			refuse(http.StatusForbidden, "Only its signers can sign this contract.")
		}
		function.WriteJSON(w, http.StatusOK, map[string]string{"url": f.own + "/signing/" + c.ID + "/" + who.ID})
	})
	for action, to := range map[string]string{"send": "preparing", "cancel": "cancelled", "remind": "", "retry": ""} {
		f.action(action, func(c *fakeContract) {
			c.Attention, c.Troubles = "", nil
			if to != "" {
				c.Status, c.steps = to, 0
			}
		})
	}
}

// action adds a call that does something with a contract, if its caller may at this moment.
func (f *fake) action(action string, do func(c *fakeContract)) {
	f.one("POST /v1/contracts/{id}/"+action, fakeStaff, func(w http.ResponseWriter, r *http.Request, who *fakePerson, c *fakeContract) {
		var given struct {
			Reason string `json:"reason"`
		}
		form := any(&given)
		if action != "cancel" {
			form = &struct{}{}
		}
		strict(r, form, true)
		if len(given.Reason) > 500 {
			wrongFields(wrongField("reason", "must be text of at most 500 characters"))
		}
		f.once(w, r, who, func(w http.ResponseWriter) {
			can := f.seen(c, who.Role).Actions
			if !slices.Contains(can, action) {
				if who.Role != "manager" {
					refuse(http.StatusForbidden, "You cannot: only its owner can.")
				}
				refuse(http.StatusConflict, fmt.Sprintf("The contract is %s: that is not possible. What is possible: %s.", c.Status, strings.Join(can, ", ")))
			}
			do(c)
			c.note(f.now(), "person:"+who.ID, "action."+action, nil)
			f.answer(w, http.StatusAccepted, c, who)
		})
	})
}

// answer shows a contract as somebody sees it.
func (f *fake) answer(w http.ResponseWriter, status int, c *fakeContract, who *fakePerson) {
	w.Header().Set("ETag", fmt.Sprintf(`"%d"`, c.Version))
	function.WriteJSON(w, status, f.seen(c, who.Role))
}

// one adds a call on one contract, which has to exist and be the caller's.
func (f *fake) one(pattern, roles string, answer func(http.ResponseWriter, *http.Request, *fakePerson, *fakeContract)) {
	f.handle(pattern, roles, func(w http.ResponseWriter, r *http.Request, who *fakePerson) {
		c := f.find(r.PathValue("id"))
		if c == nil || who.Contract != "" && who.Contract != c.ID || who.Role == "customer" && !shownToCustomer(who, c) {
			refuse(http.StatusNotFound, "There is no such thing, or it is not yours.")
		}
		answer(w, r, who, c)
	})
}

// shownToCustomer holds for the one contract that the customer signs, once their address is known to be theirs.
func shownToCustomer(who *fakePerson, c *fakeContract) bool { return who.Verified && c.ID == "website" }

// document answers a PDF: the one that is asked for, or the signed one as soon as there is one.
func (f *fake) document(w http.ResponseWriter, r *http.Request, _ *fakePerson, c *fakeContract) {
	version := r.URL.Query().Get("version")
	if version == "" {
		if version = "draft"; c.Documents["signed"] != nil {
			version = "signed"
		}
	}
	if !slices.Contains([]string{"draft", "signed", "proof"}, version) {
		wrongFields(wrongField("version", "must be draft, signed or proof"))
	}
	d, _ := c.Documents[version].(map[string]any)
	if d == nil {
		refuse(http.StatusNotFound, "There is no such document yet.")
	}
	tag := fmt.Sprintf(`"%s"`, d["sha256"])
	w.Header().Set("ETag", tag)
	if unchanged(r, tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s-%s.pdf"`, c.ID, version))
	_, _ = w.Write(smallPDF(c.Title + " (" + version + ")"))
}

// unchanged reports whether the client has what the tag names already.
func unchanged(r *http.Request, tag string) bool {
	for given := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if given = strings.TrimSpace(given); given == "*" || strings.TrimPrefix(given, "W/") == tag {
			return true
		}
	}
	return false
}

func (f *fake) find(id string) *fakeContract {
	i := slices.IndexFunc(f.contracts, func(c *fakeContract) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return f.contracts[i]
}

func viewOf(t templates.Template) map[string]any {
	view := map[string]any{
		"name": t.Name, "version": t.Version, "ref": t.Ref(), "title": t.Title, "summary": t.Summary, "languages": t.Languages,
		"signers": t.Signers, "schema": t.Schema, "example": t.Example(),
	}
	if len(t.Signers) == 0 {
		delete(view, "signers")
	}
	return view
}

const fakePageSize = 6

func (f *fake) list(w http.ResponseWriter, r *http.Request, who *fakePerson) {
	q := r.URL.Query()
	size := checkedList(q)
	found := []fakeContract{}
	for _, c := range f.contracts {
		text := strings.ToLower(c.Title + " " + c.Signers[0].FirstName + " " + c.Signers[0].LastName)
		if (q.Get("status") == "" || c.Status == q.Get("status")) && (q.Get("attention") != "true" || c.Attention != "") && c.hasCause(q.Get("cause")) &&
			strings.Contains(text, strings.ToLower(q.Get("q"))) && (who.Role != "customer" || shownToCustomer(who, c)) {
			found = append(found, f.seen(c, who.Role))
		}
	}
	from := 0
	_, _ = fmt.Sscanf(q.Get("cursor"), "after-%d", &from)
	answer := map[string]any{}
	if to := from + size; to < len(found) {
		answer["next"] = fmt.Sprintf("after-%d", to)
		found = found[:to]
	}
	answer["items"] = found[from:]
	function.WriteJSON(w, http.StatusOK, answer)
}

// checkedList returns how many contracts a page has, if the question is a good one.
func checkedList(q url.Values) (size int) {
	statuses := strings.Fields("draft preparing sent signed completed declined expired cancelled")
	size = fakePageSize
	var wrong []function.FieldError
	if limit := q.Get("limit"); limit != "" {
		n, err := strconv.Atoi(limit)
		if size = min(n, fakePageSize); err != nil || n < 1 || n > 100 {
			wrong = append(wrong, wrongField("limit", "must be from 1 to 100"))
		}
	}
	for field, right := range map[string]bool{
		"status": q.Get("status") == "" || slices.Contains(statuses, q.Get("status")), "q": !strings.Contains(q.Get("q"), "\x00"),
		"attention": slices.Contains([]string{"", "true", "false"}, q.Get("attention")), "cause": q.Get("cause") == "" || isCause(q.Get("cause")),
	} {
		if !right {
			wrong = append(wrong, wrongField(field, "is none"))
		}
	}
	wrongFields(wrong...)
	return size
}

func isCause(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' && r != '.' })
}

func (f *fake) show(w http.ResponseWriter, r *http.Request, who *fakePerson, c *fakeContract) {
	f.step(c)
	if tag := fmt.Sprintf(`"%d"`, c.Version); unchanged(r, tag) {
		w.Header().Set("ETag", tag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	f.answer(w, http.StatusOK, c, who)
}

// wantedContract is what a client sends to make a contract.
type wantedContract struct {
	Template string          `json:"template"`
	Language string          `json:"language"`
	Title    string          `json:"title"`
	Data     json.RawMessage `json:"data"`
	Signers  []struct {
		FirstName string `json:"first_name"`
		LastName  string `json:"last_name"`
		Email     string `json:"email"`
		Phone     string `json:"phone"`
		Locale    string `json:"locale"`
	} `json:"signers"`
	Ordered  bool   `json:"ordered"`
	Deadline string `json:"deadline"`
}

// create makes a contract, once for each key, and refuses what its template does.
func (f *fake) create(w http.ResponseWriter, r *http.Request, who *fakePerson) {
	var given wantedContract
	strict(r, &given, false)
	f.once(w, r, who, func(w http.ResponseWriter) {
		wrongFields(f.invalid(given)...)
		f.creations++
		t, _ := templates.Find(given.Template)
		c := &fakeContract{
			ID: fmt.Sprintf("made%d", f.creations), Status: "draft", Title: given.Title, Template: t.Ref(), Language: given.Language, Data: given.Data,
			Ordered: given.Ordered, Deadline: given.Deadline, Owner: map[string]string{"id": who.ID, "name": who.Name}, CreatedAt: f.now(),
		}
		for i, s := range given.Signers {
			c.Signers = append(c.Signers, fakeSigner{fmt.Sprintf("s%d", i+1), s.FirstName, s.LastName, s.Email, s.Phone, s.Locale, "waiting", time.Time{}})
		}
		c.note(f.now(), "person:"+who.ID, "contract.drafted", nil)
		f.contracts = append([]*fakeContract{c}, f.contracts...)
		w.Header().Set("Location", "/v1/contracts/"+c.ID)
		f.answer(w, http.StatusCreated, c, who)
	})
}

func (f *fake) invalid(c wantedContract) []function.FieldError {
	var wrong []function.FieldError
	must := func(right bool, field, reason string) {
		if !right {
			wrong = append(wrong, wrongField(field, reason))
		}
	}
	day, err := time.Parse(time.DateOnly, c.Deadline)
	must(c.Title != "" && len([]rune(c.Title)) <= 128, "title", "must have 1 to 128 characters")
	must(err == nil && day.After(f.now()), "deadline", "must be a day after today and within a year")
	must(len(c.Signers) >= 1 && len(c.Signers) <= 10, "signers", "must be 1 to 10 people")
	for i, s := range c.Signers {
		must(!strings.HasSuffix(s.Email, "@refused.example"), fmt.Sprintf("signers[%d].email", i), "takes no mail")
	}
	t, found := templates.Find(c.Template)
	if must(found, "template", "is unknown"); !found {
		return wrong
	}
	must(slices.Contains(t.Languages, c.Language), "language", "is none of the template's")
	if !bytes.HasPrefix(bytes.TrimSpace(c.Data), []byte("{")) {
		return append(wrong, wrongField("data", "must be an object"))
	}
	for _, e := range t.Check(c.Data) {
		wrong = append(wrong, wrongField("data."+e.Field, e.Reason))
	}
	return wrong
}
