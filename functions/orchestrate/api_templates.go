package orchestrate

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/templates"
)

// templateView is a template as clients see it. In a list the schema is there and the example is not.
type templateView struct {
	Name      string              `json:"name"`
	Version   int                 `json:"version"`
	Ref       string              `json:"ref"`
	Title     map[string]string   `json:"title"`
	Summary   map[string]string   `json:"summary"`
	Languages []string            `json:"languages"`
	Signers   []map[string]string `json:"signers,omitempty"` // on whose behalf the first, second, … signs
	Schema    json.RawMessage     `json:"schema"`
	Example   json.RawMessage     `json:"example,omitempty"` // data that fit the schema
}

func viewOfTemplate(t templates.Template) templateView {
	return templateView{
		Name: t.Name, Version: t.Version, Ref: t.Ref(), Title: t.Title, Summary: t.Summary, Languages: t.Languages,
		Signers: t.Signers, Schema: t.Schema,
	}
}

// listTemplates answers the newest version of each template.
func (a *api) listTemplates(c call) error {
	items := []templateView{}
	for _, t := range templates.List() {
		items = append(items, viewOfTemplate(t))
	}
	function.WriteJSON(c.w, http.StatusOK, map[string]any{"items": items})
	return nil
}

// showTemplate answers one template: the newest version, or the one that is named.
func (a *api) showTemplate(c call) error {
	ref := c.r.PathValue("name")
	if version := c.r.PathValue("version"); version != "" {
		ref += "/" + version
	}
	t, found := templates.Find(ref)
	if !found {
		return fmt.Errorf("%w: a template", persistclient.ErrNotFound)
	}
	view := viewOfTemplate(t)
	view.Example = t.Example()
	function.WriteJSON(c.w, http.StatusOK, view)
	return nil
}
