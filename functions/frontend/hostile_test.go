package frontend

import (
	"testing"
	"time"
)

// hostile is what somebody might be called who wants to run a script, or to be read as markup.
const hostile = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>"'><svg onload=document.title='run'>{{7*7}}${7*7}`

// TestWhatPeopleWroteIsTextOnEveryPage puts it into every field that a page shows: as text it is to be seen, and nothing
// of it becomes an element. The browser test fails by itself for anything that the content policy had to stop.
func TestWhatPeopleWroteIsTextOnEveryPage(t *testing.T) {
	f := startFake(t)
	f.mu.Lock()
	evil := f.seeded("hostile", "sent", hostile, f.now().Add(-time.Hour))
	evil.Owner["name"], evil.Attention = hostile, hostile
	evil.Troubles = []map[string]any{{"about": hostile, "cause": hostile, "sentence": hostile, "consequence": hostile, "detail": hostile, "since": f.now(), "tries": 1, "remedies": []string{"set_aside"}}}
	for i := range evil.Signers {
		evil.Signers[i].FirstName, evil.Signers[i].LastName, evil.Signers[i].Email = hostile, hostile, hostile
	}
	evil.note(f.now(), "person:u-claire", "action.cancel", map[string]any{"reason": hostile})
	evil.note(f.now(), hostile, hostile, map[string]any{"cause": hostile, "detail": hostile, "status": hostile, "recipient": hostile})
	f.contracts = append([]*fakeContract{evil}, f.contracts...)
	f.deadLetters = append(f.deadLetters, map[string]any{"id": "d9", "at": f.now(), "type": hostile, "source": hostile, "contract": hostile, "destination": hostile, "code": "422", "cause": hostile})
	f.mu.Unlock()
	ctx := openBrowser(t, "en", 1280, 800)
	pages := startPages(t, f)
	shows := func(path, wait string) {
		t.Helper()
		act(t, ctx, navigate("about:blank"), navigate(pages+path), appears(wait), sees("onerror="))
		if found := inBrowser[int](t, ctx, `document.querySelectorAll('img[src="x"], svg[onload], body script, [onerror], iframe[srcdoc]').length`); found != 0 {
			t.Errorf("%s: %d elements were made of what somebody wrote", path, found)
		}
		if title := inBrowser[string](t, ctx, "document.title"); title == "run" {
			t.Errorf("%s ran it", path)
		}
	}
	shows("/sign#link-hostile-s1", ".filelinks")
	act(t, ctx, navigate("about:blank"), navigate(pages+"/"), logInAs("claire@example.org"))
	shows("/contracts", ".rows li")
	shows("/contracts/hostile", ".timeline li")
	shows("/attention", ".causes li")
	act(t, ctx, click(".person button"), appears("#email"), logInAs("ada@example.org"))
	shows("/stuck", ".stuck li")
}
