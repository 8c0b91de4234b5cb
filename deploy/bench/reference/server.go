package main

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// newApp routes:
//
//	GET   /opportunities/:id
//	GET   /opportunities?stage=won&above=50000     above is in cents
//	GET   /opportunities?stage=won&closed=2026-03-31&after=7     behind the one that closes on that day
//	POST  /opportunities
//	PATCH /opportunities/:id
//	GET   /accounts?region=region-07
//	GET   /stages
func newApp(s *store, token string) *fiber.App {
	app := fiber.New(fiber.Config{DisableStartupMessage: true, ErrorHandler: renderError})
	known := "Bearer " + token
	app.Use(func(c *fiber.Ctx) error {
		if c.Get(fiber.HeaderAuthorization) != known {
			return fiber.ErrUnauthorized
		}
		return c.Next()
	})
	app.Get("/opportunities/:id", func(c *fiber.Ctx) error {
		id, err := strconv.ParseInt(c.Params("id"), 10, 64)
		if err != nil {
			return fiber.ErrBadRequest
		}
		return s.answer(c, func(r *reader) error { return r.get(id) })
	})
	app.Get("/opportunities", func(c *fiber.Ctx) error {
		if closed := c.Query("closed"); closed != "" {
			id, err := strconv.ParseInt(c.Query("after"), 10, 64)
			if err != nil {
				return fiber.ErrBadRequest
			}
			return s.answer(c, func(r *reader) error { return r.after(c.Query("stage"), closed, id) })
		}
		above, err := strconv.ParseInt(c.Query("above"), 10, 64)
		if err != nil {
			return fiber.ErrBadRequest
		}
		return s.answer(c, func(r *reader) error { return r.page(c.Query("stage"), above) })
	})
	app.Get("/accounts", func(c *fiber.Ctx) error {
		return s.answer(c, func(r *reader) error { return r.nested(c.Query("region")) })
	})
	app.Get("/stages", func(c *fiber.Ctx) error { return s.answer(c, (*reader).group) })
	app.Post("/opportunities", s.create)
	app.Patch("/opportunities/:id", s.update)
	return app
}

func (s *store) answer(c *fiber.Ctx, do func(*reader) error) error {
	return s.read(do, func(answer []byte) {
		c.Response().Header.SetContentType(fiber.MIMEApplicationJSON)
		c.Response().SetBody(answer)
	})
}

func (s *store) create(c *fiber.Ctx) error {
	var o opportunity
	if err := json.Unmarshal(c.Body(), &o); err != nil || o.Name == "" || o.Stage == "" || o.CloseDate == "" || o.Amount < 0 {
		return fiber.ErrBadRequest
	}
	var id int64
	err := s.w.write(func(w *writer) (err error) {
		id, err = w.insert(&o)
		return err
	})
	if err != nil {
		return err
	}
	c.Response().Header.SetContentType(fiber.MIMEApplicationJSON)
	c.Response().SetBody(appendCreated(make([]byte, 0, 512), id, &o))
	return nil
}

func appendCreated(dst []byte, id int64, o *opportunity) []byte {
	member := func(open, s string) { dst = append(appendText(append(dst, open...), s), '"') }
	dst = strconv.AppendInt(append(dst, `{"data":{"create":{"record":{"id":"`+data.OpportunityPrefix...), id, 10)
	member(`","name":"`, o.Name)
	dst = strconv.AppendInt(append(dst, `,"accountId":"`+data.AccountPrefix...), o.Account, 10)
	member(`","salesRep":"`, o.SalesRep)
	member(`,"stage":"`, o.Stage)
	dst = appendCents(append(dst, `,"amount":"`...), o.Amount)
	dst = strconv.AppendInt(append(dst, `","probability":`...), o.Probability, 10)
	member(`,"closeDate":"`, o.CloseDate)
	member(`,"openedAt":"`, o.OpenedAt)
	member(`,"nextStep":"`, o.NextStep)
	return append(dst, "}}}}"...)
}

func (s *store) update(c *fiber.Ctx) error {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	var p patch
	if err != nil || json.Unmarshal(c.Body(), &p) != nil || p.Amount < 0 {
		return fiber.ErrBadRequest
	}
	if err := s.w.write(func(w *writer) error { return w.update(id, &p) }); err != nil {
		return err
	}
	dst := strconv.AppendInt([]byte(`{"data":{"update":{"record":{"id":"`+data.OpportunityPrefix), id, 10)
	dst = appendCents(append(dst, `","amount":"`...), p.Amount)
	dst = append(appendText(append(dst, `","nextStep":"`...), p.NextStep), `"}}}}`...)
	c.Response().Header.SetContentType(fiber.MIMEApplicationJSON)
	c.Response().SetBody(dst)
	return nil
}

func renderError(c *fiber.Ctx, err error) error {
	status := fiber.StatusInternalServerError
	var f *fiber.Error
	switch {
	case errors.As(err, &f):
		status = f.Code
	case errors.Is(err, errNotFound):
		status = fiber.StatusNotFound
	}
	return c.Status(status).JSON(fiber.Map{"errors": []fiber.Map{{"message": err.Error()}}})
}
