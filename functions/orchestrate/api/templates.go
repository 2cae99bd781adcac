package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/templates"
)

// TemplateView is a template as clients see it. In a list the schema is there and the example is not.
type TemplateView struct {
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

func viewOfTemplate(t templates.Template) TemplateView {
	return TemplateView{
		Name: t.Name, Version: t.Version, Ref: t.Ref(), Title: t.Title, Summary: t.Summary, Languages: t.Languages,
		Signers: t.Signers, Schema: t.Schema,
	}
}

// ListTemplates answers the newest version of each template.
func (a *API) ListTemplates(c rest.Call) error {
	items := []TemplateView{}
	for _, t := range templates.List() {
		items = append(items, viewOfTemplate(t))
	}
	function.WriteJSON(c.W, http.StatusOK, map[string]any{"items": items})
	return nil
}

// ShowTemplate answers one template: the newest version, or the one that is named.
func (a *API) ShowTemplate(c rest.Call) error {
	ref := c.R.PathValue("name")
	if version := c.R.PathValue("version"); version != "" {
		ref += "/" + version
	}
	t, found := templates.Find(ref)
	if !found {
		return fmt.Errorf("%w: a template", persistclient.ErrNotFound)
	}
	view := viewOfTemplate(t)
	view.Example = t.Example()
	function.WriteJSON(c.W, http.StatusOK, view)
	return nil
}
