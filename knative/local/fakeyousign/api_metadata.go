package fakeyousign

import (
	"net/http"
)

// metadataLimit is how many entries a request's metadata may have.
const metadataLimit = 10

func (s *Service) getMetadata(r *http.Request) (answer, error) {
	q, err := s.look(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return ok(object{"data": q.Metadata})
}

// setMetadata answers 201 when it is posted and 200 when it is put, as the service does.
func (s *Service) setMetadata(r *http.Request) (answer, error) {
	var body struct {
		Data map[string]any `json:"data"`
	}
	if err := readJSON(r, &body, false); err != nil {
		return answer{}, err
	}
	if err := checkMetadata(body.Data); err != nil {
		return answer{}, err
	}
	if err := s.keepMetadata(r, body.Data); err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodPost {
		return created(body)
	}
	return ok(body)
}

// checkMetadata applies the bounds of the API; a value may be no list and no object.
func checkMetadata(data map[string]any) error {
	var v invalid
	v.must(len(data) >= 1 && len(data) <= metadataLimit, "data", "It must have 1 to 10 entries.")
	for key, value := range data {
		v.must(metadataForm.MatchString(key), "data", "A key has 1 to 30 letters, digits, - and _.")
		switch text := value.(type) {
		case string:
			v.must(len(text) <= 255 && safe(text), "data", "A text has at most 255 characters and no HTML.")
		case float64, bool:
		default:
			v.add("data", "A value is a text, a number, or true or false.")
		}
	}
	return v.err()
}

func (s *Service) deleteMetadata(r *http.Request) (answer, error) {
	if err := s.keepMetadata(r, map[string]any{}); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (s *Service) keepMetadata(r *http.Request, data map[string]any) error {
	return s.change(r.PathValue("id"), func(q *request) error {
		q.Metadata = data
		return nil
	})
}
